/* conv2d, int8, DSP extension: the expanded windows of several blocks lie on the stack. */
#include "tc_conv2d_s8_stack_dsp.h"

void tc_conv2d_s8_stack_dsp(const tc_conv2d_dsp_params *p, const int8_t *input, int8_t *output)
{
    int32_t patch[TC_CONV2D_STACK_PATCH_BYTES / 4];
    tc_conv2d_dsp(p, input, output, patch, TC_CONV2D_STACK_PATCH_BYTES, 0);
}
