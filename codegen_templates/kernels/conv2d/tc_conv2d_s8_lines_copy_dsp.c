/* conv2d, int8, DSP extension: the scratch buffer holds the expanded lines and the weights. */
#include "tc_conv2d_s8_lines_copy_dsp.h"

void tc_conv2d_s8_lines_copy_dsp(const tc_conv2d_lines_dsp_params *p, const int8_t *input, int8_t *output,
                                 void *scratch)
{
    int32_t *lines = (int32_t *)scratch;
    tc_conv2d_lines_dsp(p, input, output, lines, lines + 8 * p->kernel_h * p->positions * p->position_units);
}
