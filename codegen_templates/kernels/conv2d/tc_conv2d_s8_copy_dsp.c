/* conv2d, int8, DSP extension: the scratch buffer holds the expanded windows and the weights. */
#include "tc_conv2d_s8_copy_dsp.h"
#include "tc_conv2d_s8_dsp.h"

void tc_conv2d_s8_copy_dsp(const tc_conv2d_dsp_params *p, const int8_t *input, int8_t *output, void *scratch)
{
    tc_conv2d_dsp(p, input, output, (int32_t *)scratch, TC_CONV2D_PATCHES_BYTES, TC_CONV2D_COPY_BYTES);
}
