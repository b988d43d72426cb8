/* Two windows side by side, and outputs: tc_stored_pairs_thumb.h. */
#include "tc_stored_pairs_thumb.h"
#include "tc_stored_window.h"

void tc_stored_pairs_expand(const tc_stored_params *p, const int8_t *input, int32_t a, int32_t b, int32_t *patch)
{
    int8_t *window = (int8_t *)(patch + p->count);
    const int32_t row_a = a / p->output_w, row_b = b / p->output_w;
    const int8_t *codes = tc_stored_window(p, input, row_a, a - row_a * p->output_w, window);
    for (int32_t i = 0; i < p->count; ++i) {
        patch[i] = codes[i];
    }
    codes = tc_stored_window(p, input, row_b, b - row_b * p->output_w, window);
    for (int32_t i = 0; i < p->count; ++i) {
        patch[i] += codes[i] * 65536;
    }
}

void tc_stored_pairs_output(const tc_stored_params *p, int32_t channel, int32_t sum0, int32_t sum1, int8_t *output,
                            int32_t pitch)
{
    const int32_t words[2] = {p->bias[channel], p->multiplier[channel]};
    tc_requant_thumb requant = {0, 0, 0, p->output_zero_point, p->clamp_min, p->clamp_max};
    tc_set_channel_thumb(&requant, words);
    output[channel] = tc_requantize_thumb(&requant, sum0);
    output[channel + pitch] = tc_requantize_thumb(&requant, sum1);
}
