/*
 * mul on the DSP extension: x * y row by row, where y is an activation of the same shape (one row), one value per channel
 * of an activation (squeeze and excitation), or the constant operand. The product is doubled, as SMMLAR wants it.
 */
#ifndef TC_MUL_DSP_H
#define TC_MUL_DSP_H

#include "tc_rescale_dsp.h"

typedef struct {
    int32_t rows, channels;
    const int8_t *operand; /* int8 [channels]: the constant operand */
    int32_t twice_x_zero_point, y_zero_point;
    int32_t multiplier, rounder, shift;
    int32_t clamp_min, clamp_max; /* int8 codes of the fused activation */
} tc_mul_dsp_params;

TC_INLINE int8_t tc_mul_element_dsp(const tc_mul_dsp_params *p, int32_t x, int32_t y)
{
    const int32_t twice = (x * 2 - p->twice_x_zero_point) * (y - p->y_zero_point);
    return tc_saturate_dsp(tc_rescale_dsp(twice, p->multiplier, p->rounder, p->shift));
}

/* rows of x, each times the same y. output may be x, and y where there is one row. */
TC_INLINE void tc_mul_rows_dsp(const tc_mul_dsp_params *p, const int8_t *x, const int8_t *y, int8_t *output)
{
    const tc_mul_dsp_params local = *p; /* a copy that writes to output cannot change */
    const int32_t count = local.channels;

    for (int32_t row = 0; row < local.rows; ++row, x += count, output += count) {
        int32_t i = 0;
        for (; i < count - 3; i += 4) {
            output[i] = tc_mul_element_dsp(&local, x[i], y[i]);
            output[i + 1] = tc_mul_element_dsp(&local, x[i + 1], y[i + 1]);
            output[i + 2] = tc_mul_element_dsp(&local, x[i + 2], y[i + 2]);
            output[i + 3] = tc_mul_element_dsp(&local, x[i + 3], y[i + 3]);
        }
        for (; i < count; ++i) {
            output[i] = tc_mul_element_dsp(&local, x[i], y[i]);
        }
        if (local.clamp_min > INT8_MIN || local.clamp_max < INT8_MAX) {
            tc_clamp_codes(output, count, local.clamp_min, local.clamp_max);
        }
    }
}

#endif
