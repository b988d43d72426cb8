/*
 * conv2d, blocks of 1x4 weights, DSP extension: four pixels at a time on the patch of tc_conv2d_dsp.h, a block is a unit.
 *
 *   weights  int32, a word for each block (tc_dsp.h)
 *   requant  int32 [output_c][2]
 *   counts   blocks of each output channel; index: units that are left out before a block
 */
#ifndef TC_CONV2D_S8_BLK_DSP_H
#define TC_CONV2D_S8_BLK_DSP_H

#include "tc_types.h"

typedef struct {
    int32_t input_h, input_w, input_c;
    int32_t output_h, output_w, output_c;
    int32_t kernel_h, kernel_w;
    int32_t stride_h, stride_w;
    int32_t dilation_h, dilation_w;
    int32_t pad_top, pad_left;
    int32_t groups;
    int32_t run, run_taps; /* codes and taps of a run */
    int32_t units; /* of a window */
    int32_t input_zero_point, output_zero_point;
    int32_t clamp_min, clamp_max; /* int8 codes of the fused activation */
    const int32_t *weights;
    const int32_t *requant;
    const uint16_t *counts;
    const uint8_t *index;
} tc_conv2d_blk_dsp_params;

/* Channels a multiple of four, no groups. scratch: 32 * units bytes, 4-byte aligned. */
void tc_conv2d_s8_blk_dsp(const tc_conv2d_blk_dsp_params *p, const int8_t *input, int8_t *output, void *scratch);

#endif
