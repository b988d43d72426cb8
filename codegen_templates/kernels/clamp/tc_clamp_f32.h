/* clamp, float32: elements limited to clamp_min .. clamp_max. */
#ifndef TC_CLAMP_F32_H
#define TC_CLAMP_F32_H

#include "tc_float.h"

typedef struct {
    int32_t count;
    float clamp_min, clamp_max;
} tc_clamp_f32_params;

#endif
