/* Products with weights without their zeros, portable C: pixel by pixel, channel by channel. Layout: tc_stored.h. */
#include "tc_stored_csr_ref.h"
#include "tc_stored_window.h"

/* Sums of a row; ``index`` is that of the row. */
static int32_t dot_bytes(const int8_t *codes, const int8_t *values, const uint8_t *index, int32_t entries)
{
    int32_t sum = 0;
    for (; entries > 0; --entries) {
        codes += *index++;
        sum += *codes++ * *values++;
    }
    return sum;
}

static int32_t dot_nibbles(const int8_t *codes, const int8_t *values, const uint8_t *index, int32_t entries)
{
    int32_t sum = 0;
    for (; entries > 0; entries -= 2) {
        const int32_t pair = *index++;
        codes += pair & 15;
        sum += *codes++ * *values++;
        if (entries > 1) {
            codes += pair >> 4;
            sum += *codes++ * *values++;
        }
    }
    return sum;
}

static void multiply(const tc_stored_params *p, const int8_t *codes, int8_t *output)
{
    const int8_t *values = p->values;
    const uint8_t *index = p->index;
    for (int32_t o = 0; o < p->output_c; ++o) {
        const int32_t entries = p->counts[o];
        int32_t sum;
        if (p->group == 8) {
            sum = dot_bytes(codes, values, index, entries);
            index += entries;
        } else {
            sum = dot_nibbles(codes, values, index, entries);
            index += (entries + 1) / 2;
        }
        values += entries;
        output[o] = tc_stored_output(p, o, sum);
    }
}

void tc_stored_csr_ref(const tc_stored_params *p, const int8_t *input, int8_t *output, int8_t *window)
{
    for (int32_t oy = 0; oy < p->output_h; ++oy) {
        for (int32_t ox = 0; ox < p->output_w; ++ox, output += p->output_c) {
            multiply(p, tc_stored_window(p, input, oy, ox, window), output);
        }
    }
}
