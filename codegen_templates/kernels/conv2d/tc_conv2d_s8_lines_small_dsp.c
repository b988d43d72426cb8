/* conv2d, int8, DSP extension: the expanded lines lie on the stack, so that the arena needs no room. */
#include "tc_conv2d_s8_lines_small_dsp.h"

void tc_conv2d_s8_lines_small_dsp(const tc_conv2d_lines_dsp_params *p, const int8_t *input, int8_t *output)
{
    int32_t lines[TC_CONV2D_SMALL_LINES_BYTES / 4];
    tc_conv2d_lines_dsp(p, input, output, lines, NULL);
}
