/*
 * conv2d on the DSP extension: what its kernels share (compiled once, tc_conv2d_dsp.c).
 *
 * Two output pixels at a time. Their windows are expanded to int16 once (the patch) and reused for all output channels,
 * which are computed in pairs: one weight word and two patch words make four SMLAD.
 *
 *   patch    [step][pixel] words of two codes; a window is cut into runs of codes that lie side by side in the input
 *            (a row of taps, or one tap when dilated or grouped); each group of four codes of a run makes the pairs
 *            (0, 2) and (1, 3), what is left makes (0, 1) and (2, -)
 *   weights  int32 [group][output channel pair][step]: bytes {channel 0, channel 1, channel 0, channel 1} for the step's
 *            two codes; the last pair of an odd number of channels overlaps the one before it
 *   requant  int32 [group][output channel pair][4], see tc_dsp.h
 *   steps    per pixel, a multiple of 4: the weights of steps that are added are zero
 */
#ifndef TC_CONV2D_DSP_H
#define TC_CONV2D_DSP_H

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
    int32_t steps;
    int32_t input_zero_point, output_zero_point;
    int32_t clamp_min, clamp_max; /* int8 codes of the fused activation */
    const int32_t *weights;
    const int32_t *requant;
} tc_conv2d_dsp_params;

/* Any shape; patch holds 2 * steps words. */
void tc_conv2d_dsp(const tc_conv2d_dsp_params *p, const int8_t *input, int8_t *output, int32_t *patch);

#endif
