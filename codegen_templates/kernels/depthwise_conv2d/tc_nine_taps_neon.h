/* Windows of nine taps of a depthwise convolution: sixteen outputs at a time, side by side (tc_depthwise_conv2d_s8_neon.h). */
#ifndef TC_NINE_TAPS_NEON_H
#define TC_NINE_TAPS_NEON_H

#include "tc_neon.h"

enum { TC_TAP_LANES = 16, TC_TAPS = 9 };

/* How windows are read and outputs written, in bytes. The asm statements know the offsets. */
typedef struct {
    ptrdiff_t taps[TC_TAPS]; /* from the start of a window, where it has nine taps */
    ptrdiff_t step, output_step;
    ptrdiff_t pitch, tap_step;
    int16x8_t zero_point;
    int32_t kernel_h, kernel_w;
} tc_taps_neon;

/* Writes count >= 1 vectors of outputs of a row. */
void tc_nine_taps_neon(const tc_taps_neon *layout, const int8_t *weights, const int32_t *requant, const int8_t *at,
                       int8_t *to, int32_t count);

#endif
