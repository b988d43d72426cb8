/* conv2d, int8, DSP extension, Winograd: the scratch buffer holds the weights too. */
#include "tc_conv2d_s8_winograd_copy_dsp.h"

void tc_conv2d_s8_winograd_copy_dsp(const tc_conv2d_winograd_dsp_params *p, const int8_t *input, int8_t *output,
                                    void *scratch)
{
    int32_t *words = (int32_t *)scratch;
    const int32_t weights = 6 * p->kernel_h * p->input_c * (p->chunk / 2);
    tc_conv2d_winograd_dsp(p, input, output, words + weights, words);
}
