/*
 * prelu, float32: x where x >= 0, alpha * x elsewhere.
 *
 *   input, output  float [rows][channels]
 *   alpha          float [channels]
 */
#ifndef TC_PRELU_F32_H
#define TC_PRELU_F32_H

#include "tc_float.h"

typedef struct {
    int32_t rows, channels;
    const float *alpha;
} tc_prelu_f32_params;

#endif
