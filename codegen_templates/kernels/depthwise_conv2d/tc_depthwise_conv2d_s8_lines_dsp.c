/* depthwise_conv2d of any window, int8, DSP extension: the tile lies in the scratch buffer. */
#include "tc_depthwise_conv2d_s8_lines_dsp.h"

void tc_depthwise_conv2d_s8_lines_dsp(const tc_depthwise_conv2d_lines_dsp_params *p, const int8_t *input,
                                      int8_t *output, void *scratch)
{
    tc_depthwise_conv2d_lines_dsp(p, input, output, (int32_t *)scratch);
}
