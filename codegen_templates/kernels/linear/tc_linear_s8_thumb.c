/* linear, int8, cores without the DSP extension: tc_linear_s8_thumb.h. */
#include "tc_linear_s8_thumb.h"
#include "tc_multiply_1x4_thumb.h"
#include "tc_thumb.h"

void tc_linear_s8_thumb(const tc_linear_thumb_params *p, const int8_t *input, int8_t *output)
{
    tc_requant_thumb requant = {0, 0, 0, p->output_zero_point, p->clamp_min, p->clamp_max};
    /* fewer than four channels are computed one by one, each four times */
    const int32_t together = p->output_c < 4 ? 1 : 4;
    const int32_t pitch = p->output_c < 4 ? 0 : p->input_c;

    for (int32_t row = 0; row < p->rows; ++row, input += p->input_c, output += p->output_c) {
        for (int32_t next = 0; next < p->output_c; next += together) {
            /* the last four overlap those before them when the channels are not a multiple of four */
            const int32_t channel = next + together <= p->output_c ? next : p->output_c - together;
            int32_t sums[4];
            tc_multiply_1x4_thumb(input, p->weights + channel * p->input_c, p->input_c, pitch, sums);
            for (int32_t i = 0; i < together; ++i) {
                tc_set_channel_thumb(&requant, p->requant + 2 * (channel + i));
                output[channel + i] = tc_requantize_thumb(&requant, sums[i]);
            }
        }
    }
}
