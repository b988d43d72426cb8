/*
 * log_softmax: along the last axis, int8; output scale 16/256, zero point 127.
 *
 *   input, output  int8 [rows][channels], channels <= 4095
 *   exps           int32 [exp_count]: exp(-d * s_input) in Q0.31 for a difference d to the row's largest code; 0 beyond
 */
#ifndef TC_LOG_SOFTMAX_H
#define TC_LOG_SOFTMAX_H

#include "tc_types.h"

typedef struct {
    int32_t rows, channels;
    int32_t exp_count;
    const int32_t *exps;
    int32_t multiplier, exponent; /* a difference of codes to Q5.26 */
} tc_log_softmax_params;

/* Portable. output may be input. */
void tc_log_softmax_s8_ref(const tc_log_softmax_params *p, const int8_t *input, int8_t *output);

#endif
