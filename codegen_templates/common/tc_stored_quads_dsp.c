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
        int32_t left = p->count;
        for (; left >= 4; left -= 4, codes += 4, to += 16) {
            const int32_t four = tc_load_codes(codes);
            to[0] = (int8_t)four;
            to[4] = (int8_t)(four >> 8);
            to[8] = (int8_t)(four >> 16);
            to[12] = (int8_t)(four >> 24);
        }
        for (; left > 0; --left, to += 4) {
            *to = *codes++;
        }
    }
}
