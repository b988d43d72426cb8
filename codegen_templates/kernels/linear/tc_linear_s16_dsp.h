/*
 * linear with int16 activations on the DSP extension: a row by two output channels.
 *
 *   weights  int32 [output channel pair][input_c / 4][2 channels]
 *   bias, multiplier int32, exponent int8 [output channels, an even number]
 */
#ifndef TC_LINEAR_S16_DSP_H
#define TC_LINEAR_S16_DSP_H

#include "tc_types.h"

typedef struct {
    int32_t rows;
    int32_t input_c, output_c;
    int32_t clamp_min, clamp_max; /* int16 codes of the fused activation */
    const int32_t *weights;
    const int32_t *bias;
    const int32_t *multiplier;
    const int8_t *exponent;
} tc_linear_s16_dsp_params;

/* A multiple of four inputs; input 4-byte aligned. */
void tc_linear_s16_dsp(const tc_linear_s16_dsp_params *p, const int16_t *input, int16_t *output);

#endif
