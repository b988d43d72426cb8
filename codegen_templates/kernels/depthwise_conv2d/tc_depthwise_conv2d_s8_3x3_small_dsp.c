/* depthwise_conv2d 3x3, int8, DSP extension: the tile lies on the stack, so that the arena needs no room. */
#include "tc_depthwise_conv2d_s8_3x3_small_dsp.h"

void tc_depthwise_conv2d_s8_3x3_small_dsp(const tc_depthwise_conv2d_3x3_dsp_params *p, const int8_t *input,
                                          int8_t *output)
{
    int32_t tile[TC_DEPTHWISE_SMALL_TILE_BYTES / 4];
    tc_depthwise_conv2d_3x3_dsp(p, input, output, tile);
}
