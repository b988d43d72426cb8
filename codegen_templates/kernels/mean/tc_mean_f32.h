/*
 * mean, float32: sum = 0; along reduced_0 and reduced_1, each rising: sum = sum + x; sum / (reduced_0 * reduced_1).
 *
 *   input   float [outer][reduced_0][middle][reduced_1][inner]
 *   output  float [outer][middle][inner]
 */
#ifndef TC_MEAN_F32_H
#define TC_MEAN_F32_H

#include "tc_float.h"

typedef struct {
    int32_t outer, reduced_0, middle, reduced_1, inner;
} tc_mean_f32_params;

#endif
