/* add, sub and mul, float32, Arm64: the loops of tc_broadcast_f32.h by four elements. */
#ifndef TC_BINARY_F32_NEON_H
#define TC_BINARY_F32_NEON_H

#include "tc_broadcast_f32.h"
#include "tc_neon.h"

/* Four output elements, before the clamp. */
typedef float32x4_t tc_binary_vector_f32(float32x4_t a, float32x4_t b);

TC_INLINE float32x4_t tc_limit_f32_neon(float32x4_t x, float32x4_t low, float32x4_t high)
{
    return vminq_f32(vmaxq_f32(x, low), high);
}

/* Element `at` and the three behind it of an operand; `step` 0: one element stands for all. */
TC_INLINE float32x4_t tc_operand_f32_neon(const float *x, int32_t step, int32_t at)
{
    return step == 0 ? vld1q_dup_f32(x) : vld1q_f32(x + at);
}

/* A row of `count` elements; reads sixteen, then writes them. */
TC_INLINE void tc_binary_row_f32_neon(const tc_binary_f32_params *p, int32_t count, const float *a, int32_t step_a,
                                      const float *b, int32_t step_b, float *to, tc_binary_vector_f32 *vector,
                                      tc_binary_element_f32 *element)
{
    const float32x4_t low = vdupq_n_f32(p->clamp_min), high = vdupq_n_f32(p->clamp_max);
    int32_t i = 0;

    for (; i + 16 <= count; i += 16) {
        float32x4_t y[4];
        for (int32_t j = 0; j < 4; ++j) {
            y[j] = vector(tc_operand_f32_neon(a, step_a, i + 4 * j), tc_operand_f32_neon(b, step_b, i + 4 * j));
        }
        for (int32_t j = 0; j < 4; ++j) {
            vst1q_f32(to + i + 4 * j, tc_limit_f32_neon(y[j], low, high));
        }
    }
    for (; i + 4 <= count; i += 4) {
        const float32x4_t y = vector(tc_operand_f32_neon(a, step_a, i), tc_operand_f32_neon(b, step_b, i));
        vst1q_f32(to + i, tc_limit_f32_neon(y, low, high));
    }
    for (; i < count; ++i) {
        to[i] = tc_clampf(element(a[i * step_a], b[i * step_b]), p->clamp_min, p->clamp_max);
    }
}

TC_INLINE void tc_binary_f32_neon(const tc_binary_f32_params *params, const float *input0, const float *input1,
                                  float *output, tc_binary_vector_f32 *vector, tc_binary_element_f32 *element)
{
    const tc_binary_f32_params p = *params; /* a copy that writes to output cannot change */
    const int32_t count = p.sizes[3];

    for (int32_t i = 0; i < p.sizes[0]; ++i) {
        for (int32_t j = 0; j < p.sizes[1]; ++j) {
            for (int32_t k = 0; k < p.sizes[2]; ++k, output += count) {
                const float *a = input0 + i * p.strides0[0] + j * p.strides0[1] + k * p.strides0[2];
                const float *b = input1 + i * p.strides1[0] + j * p.strides1[1] + k * p.strides1[2];
                if (p.strides0[3] != 0 && p.strides1[3] != 0) {
                    tc_binary_row_f32_neon(&p, count, a, 1, b, 1, output, vector, element);
                } else if (p.strides0[3] != 0) {
                    tc_binary_row_f32_neon(&p, count, a, 1, b, 0, output, vector, element);
                } else {
                    tc_binary_row_f32_neon(&p, count, a, 0, b, p.strides1[3], output, vector, element);
                }
            }
        }
    }
}

/* The same for one activation and the constant. */
TC_INLINE void tc_binary_constant_f32_neon(const tc_binary_f32_params *p, const float *input, float *output,
                                           tc_binary_vector_f32 *vector, tc_binary_element_f32 *element)
{
    if (p->operand_index == 0) {
        tc_binary_f32_neon(p, p->operand, input, output, vector, element);
    } else {
        tc_binary_f32_neon(p, input, p->operand, output, vector, element);
    }
}

#endif
