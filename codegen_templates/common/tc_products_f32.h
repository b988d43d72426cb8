/* Sums of products in float32: what the portable kernels of conv2d and linear share. */
#ifndef TC_PRODUCTS_F32_H
#define TC_PRODUCTS_F32_H

#include "tc_float.h"

/* Outputs that advance together, so that one sum does not wait for itself and an input is loaded once. */
enum { TC_TOGETHER_F32 = 4 };

/* acc[o] = fma(x[i], weights[o * pitch + i], acc[o]) for i = 0 .. length - 1, for `count` outputs, at most four. */
TC_INLINE void tc_add_products_f32(const float *x, const float *weights, ptrdiff_t pitch, int32_t length, int32_t count,
                                   float *acc)
{
    if (count == TC_TOGETHER_F32) {
        const float *w0 = weights, *w1 = w0 + pitch, *w2 = w1 + pitch, *w3 = w2 + pitch;
        float a0 = acc[0], a1 = acc[1], a2 = acc[2], a3 = acc[3];

        for (int32_t i = length; i > 0; --i) {
            const float value = *x++;
            a0 = tc_fmaf(value, *w0++, a0);
            a1 = tc_fmaf(value, *w1++, a1);
            a2 = tc_fmaf(value, *w2++, a2);
            a3 = tc_fmaf(value, *w3++, a3);
        }
        acc[0] = a0, acc[1] = a1, acc[2] = a2, acc[3] = a3;
        return;
    }
    for (int32_t o = 0; o < count; ++o) {
        const float *w = weights + o * pitch;
        float sum = acc[o];

        for (int32_t i = 0; i < length; ++i) {
            sum = tc_fmaf(x[i], w[i], sum);
        }
        acc[o] = sum;
    }
}

#endif
