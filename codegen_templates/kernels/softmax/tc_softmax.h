/*
 * softmax: along the last axis, int8; output scale 1/256, zero point -128.
 *
 *   input, output  int8 [rows][channels], channels <= 4095
 *   exps           int32 [exp_count]: exp(-d * s_input) in Q0.31 for a difference d to the row's largest code; 0 beyond
 */
#ifndef TC_SOFTMAX_H
#define TC_SOFTMAX_H

#include "tc_types.h"

typedef struct {
    int32_t rows, channels;
    int32_t exp_count;
    const int32_t *exps;
} tc_softmax_params;

/* Portable. output may be input. */
void tc_softmax_s8_ref(const tc_softmax_params *p, const int8_t *input, int8_t *output);

#endif
