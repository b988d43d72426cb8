/*
 * conv2d on the DSP extension: what its kernels share (compiled once, tc_conv2d_dsp.c).
 *
 * A block is four output pixels. Their windows are expanded to pairs of int16 once (the patch) and reused for all output
 * channels, which are computed in pairs (tc_multiply_4x2_dsp.h). Several blocks are expanded before they are computed, as
 * many as there is room for, so that they share the weights of a pair, and a last block of pixels that overlaps the one
 * before it does not read what that has written.
 *
 *   patch    [unit][2][pixel] words, a unit for four codes. A window is cut into runs of codes that lie side by side in
 *            the input (a row of taps, or one tap when dilated or grouped). Each run gives its fours; the codes that are
 *            left over fill a unit of their own, written when it is full, or after the last run
 *   weights  int32 [group][output channel pair][unit][2 channels]
 *   requant  int32 [group][output channel pair][2 channels][2]; a channel that is added to make a pair is zero
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
    int32_t units; /* of a window */
    int32_t input_zero_point, output_zero_point;
    int32_t clamp_min, clamp_max; /* int8 codes of the fused activation */
    const int32_t *weights;
    const int32_t *requant;
} tc_conv2d_dsp_params;

/* Expands the windows of four pixels from ``index`` on, ``step`` apart, into the patch. */
void tc_conv2d_expand_dsp(const tc_conv2d_dsp_params *p, const int8_t *input, int32_t index, int32_t step,
                          int32_t *patch);

/*
 * Any shape. ``patch`` holds at least 8 * units words; with ``room`` bytes for n blocks and the weights of a pair
 * (8 * (4 * n + 1) * units) it is used for n blocks. RAM is faster than flash: three blocks or more have the weights of a
 * pair copied behind the patches; or, with ``copy_bytes`` not 0, those of a chunk of channels with their requant, so many
 * as have weights of that many bytes, for all of whose pixels the next ones wait.
 */
void tc_conv2d_dsp(const tc_conv2d_dsp_params *p, const int8_t *input, int8_t *output, int32_t *patch, int32_t room,
                   int32_t copy_bytes);

#endif
