/*
 * activation, float32: a function of every element (tc_activation_f32_ref.h); alpha is its parameter.
 *
 *   input, output  float [count]
 */
#ifndef TC_ACTIVATION_F32_H
#define TC_ACTIVATION_F32_H

#include "tc_float.h"

/* Values of `function`, in the order of FUNCTIONS in toolchain/ops/_activation_f32.py. */
enum {
    TC_ABS,
    TC_CELU,
    TC_ELU,
    TC_EXP,
    TC_GELU,
    TC_GELU_TANH,
    TC_HARDSIGMOID,
    TC_HARDSWISH,
    TC_LEAKY_RELU,
    TC_LOG,
    TC_MISH,
    TC_NEG,
    TC_RECIPROCAL,
    TC_SELU,
    TC_SIGMOID,
    TC_SILU,
    TC_SOFTPLUS,
    TC_SOFTSIGN,
    TC_SQUARE,
    TC_TANH
};

typedef struct {
    int32_t count;
    int32_t function;
    float alpha;
} tc_activation_f32_params;

#endif
