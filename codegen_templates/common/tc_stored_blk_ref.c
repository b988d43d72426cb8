/* Products with blocks of 1x4 weights, portable C: pixel by pixel, channel by channel. Layout: tc_stored.h. */
#include "tc_stored_blk_ref.h"
#include "tc_stored_window.h"

static void multiply(const tc_stored_params *p, const int8_t *codes, int8_t *output)
{
    const int8_t *values = p->values;
    const uint8_t *index = p->index;
    for (int32_t o = 0; o < p->output_c; ++o) {
        const int8_t *at = codes;
        int32_t sum = 0;
        for (int32_t left = p->counts[o]; left > 0; --left, at += 4, values += 4) {
            at += 4 * *index++;
            sum += at[0] * values[0] + at[1] * values[1] + at[2] * values[2] + at[3] * values[3];
        }
        output[o] = tc_stored_output(p, o, sum);
    }
}

void tc_stored_blk_ref(const tc_stored_params *p, const int8_t *input, int8_t *output, int8_t *window)
{
    for (int32_t oy = 0; oy < p->output_h; ++oy) {
        for (int32_t ox = 0; ox < p->output_w; ++ox, output += p->output_c) {
            multiply(p, tc_stored_window(p, input, oy, ox, window), output);
        }
    }
}
