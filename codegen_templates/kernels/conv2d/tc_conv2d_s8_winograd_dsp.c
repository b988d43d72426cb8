/* conv2d, int8, DSP extension, Winograd: the weights are read from flash. */
#include "tc_conv2d_s8_winograd_dsp.h"

void tc_conv2d_s8_winograd_dsp(const tc_conv2d_winograd_dsp_params *p, const int8_t *input, int8_t *output,
                               void *scratch)
{
    tc_conv2d_winograd_dsp(p, input, output, (int32_t *)scratch, NULL);
}
