/*
 * add of int8 as one sum: (a * multiplier0 + b * multiplier1 + constant) >> 21, saturated. Taken where this gives the
 * results of the three requantisations for all 65,536 pairs of codes (toolchain/ops/_add_sum.py).
 */
#ifndef TC_ADD_SUM_H
#define TC_ADD_SUM_H

#include "tc_types.h"

enum { TC_ADD_SUM_SHIFT = 21 };

typedef struct {
    int32_t count;
    int32_t multiplier0, multiplier1, constant;
    int32_t clamp_min, clamp_max; /* int8 codes of the fused activation */
} tc_add_sum_params;

#endif
