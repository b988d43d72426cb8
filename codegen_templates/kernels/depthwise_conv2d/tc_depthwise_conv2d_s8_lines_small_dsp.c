/* depthwise_conv2d of any window, int8, DSP extension: the tile lies on the stack, so that the arena needs no room. */
#include "tc_depthwise_conv2d_s8_lines_small_dsp.h"

void tc_depthwise_conv2d_s8_lines_small_dsp(const tc_depthwise_conv2d_lines_dsp_params *p, const int8_t *input,
                                            int8_t *output)
{
    int32_t scratch[TC_DEPTHWISE_LINES_SMALL_BYTES / 4];
    tc_depthwise_conv2d_lines_dsp(p, input, output, scratch);
}
