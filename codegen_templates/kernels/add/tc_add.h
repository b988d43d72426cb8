/*
 * add: elementwise sum, int8.
 *
 *   input0, input1, output  int8; four merged axes, outermost first, with a stride per operand (0: broadcast)
 *   operand                 int8, the constant that takes the place of input `operand_index` (-1: both are activations)
 */
#ifndef TC_ADD_H
#define TC_ADD_H

#include "tc_broadcast.h"
#include "tc_numerics.h"
#include "tc_types.h"

typedef struct {
    int32_t sizes[4], strides0[4], strides1[4];
    const int8_t *operand;
    int32_t operand_index;
    int32_t input0_zero_point, input1_zero_point, output_zero_point;
    int32_t clamp_min, clamp_max; /* int8 codes of the fused activation */
    int32_t multiplier0, exponent0; /* s0 / (2 max(s0, s1)) */
    int32_t multiplier1, exponent1; /* s1 / (2 max(s0, s1)) */
    int32_t output_multiplier, output_exponent; /* 2 max(s0, s1) / (2^20 s_output) */
} tc_add_params;

TC_INLINE int8_t tc_add_element(const void *params, int32_t a, int32_t b)
{
    const tc_add_params *p = (const tc_add_params *)params;
    const int32_t scaled0 = tc_requantize((a - p->input0_zero_point) * (1 << 20), p->multiplier0, p->exponent0);
    const int32_t scaled1 = tc_requantize((b - p->input1_zero_point) * (1 << 20), p->multiplier1, p->exponent1);
    const int32_t q = tc_requantize(scaled0 + scaled1, p->output_multiplier, p->output_exponent) + p->output_zero_point;
    return (int8_t)tc_clamp(q, p->clamp_min, p->clamp_max);
}

/* Portable: two activations of one shape. output may be input0 or input1. */
void tc_add_s8_ref(const tc_add_params *p, const int8_t *input0, const int8_t *input1, int8_t *output);

/* Portable: an activation of the whole shape and a constant along the last axis, or of one element. output may be input. */
void tc_add_s8_channel_constant_ref(const tc_add_params *p, const int8_t *input, int8_t *output);

/* Portable: two activations, any broadcast. */
void tc_add_s8_broadcast_ref(const tc_add_params *p, const int8_t *input0, const int8_t *input1, int8_t *output);

/* Portable: an activation and a constant, any broadcast. */
void tc_add_s8_broadcast_constant_ref(const tc_add_params *p, const int8_t *input, int8_t *output);

#endif
