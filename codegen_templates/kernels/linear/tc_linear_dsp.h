/* linear on the DSP extension: what its kernels are called with; each says what its weights are. */
#ifndef TC_LINEAR_DSP_H
#define TC_LINEAR_DSP_H

#include "tc_types.h"

typedef struct {
    int32_t rows;
    int32_t input_c, output_c;
    int32_t output_zero_point;
    int32_t clamp_min, clamp_max; /* int8 codes of the fused activation */
    const int32_t *weights;
    const int32_t *requant;
} tc_linear_dsp_params;

#endif
