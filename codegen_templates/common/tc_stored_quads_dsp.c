/* Four windows side by side: tc_stored_quads_dsp.h. */
#include "tc_stored_quads_dsp.h"
#include "tc_stored_window.h"

void tc_stored_quads_expand(const tc_stored_params *p, const int8_t *input, int32_t first, int32_t step, int16_t *patch)
{
    int8_t *window = (int8_t *)(patch + 4 * (ptrdiff_t)p->count);
    for (int32_t i = 0; i < 4; ++i, first += step) {
        const int32_t oy = first / p->output_w;
        const int8_t *codes = tc_stored_window(p, input, oy, first - oy * p->output_w, window);
        int16_t *to = patch + i;
        for (int32_t left = p->count; left > 0; --left, to += 4) {
            *to = *codes++;
        }
    }
}

void tc_stored_quads_output(const tc_stored_params *p, int32_t channel, const tc_quad *sums, int8_t *output,
                            int32_t pitch)
{
    for (int32_t i = 0; i < 4; ++i, output += pitch) {
        *output = tc_stored_output(p, channel, sums->sum[i]);
    }
}
