/* What the float32 kernels of the elementwise operators with two operands share: parameters and loops. */
#ifndef TC_BROADCAST_F32_H
#define TC_BROADCAST_F32_H

#include "tc_float.h"
#include "tc_types.h"

/*
 * Four merged axes, outermost first, with a stride per operand (0: broadcast); `operand` is the constant that takes the
 * place of input `operand_index` (-1: both are activations).
 */
typedef struct {
    int32_t sizes[4], strides0[4], strides1[4];
    const float *operand;
    int32_t operand_index;
    float clamp_min, clamp_max;
} tc_binary_f32_params;

/* One output element, before the clamp. */
typedef float tc_binary_element_f32(float a, float b);

/* Four loops; the output is written in order, so that it may be an input of its own shape. */
TC_INLINE void tc_broadcast_f32(const tc_binary_f32_params *params, const float *input0, const float *input1,
                                float *output, tc_binary_element_f32 *element)
{
    const tc_binary_f32_params p = *params; /* a copy that writes to output cannot change */

    for (int32_t i = 0; i < p.sizes[0]; ++i) {
        for (int32_t j = 0; j < p.sizes[1]; ++j) {
            for (int32_t k = 0; k < p.sizes[2]; ++k) {
                const float *a = input0 + i * p.strides0[0] + j * p.strides0[1] + k * p.strides0[2];
                const float *b = input1 + i * p.strides1[0] + j * p.strides1[1] + k * p.strides1[2];
                for (int32_t l = 0; l < p.sizes[3]; ++l) {
                    const float y = element(a[l * p.strides0[3]], b[l * p.strides1[3]]);
                    *output++ = tc_clampf(y, p.clamp_min, p.clamp_max);
                }
            }
        }
    }
}

/* The same for one activation and the constant. */
TC_INLINE void tc_broadcast_constant_f32(const tc_binary_f32_params *p, const float *input, float *output,
                                         tc_binary_element_f32 *element)
{
    if (p->operand_index == 0) {
        tc_broadcast_f32(p, p->operand, input, output, element);
    } else {
        tc_broadcast_f32(p, input, p->operand, output, element);
    }
}

#endif
