/*
 * activation: a function of every element through a table, int8.
 *
 *   input, output  int8 [count]
 *   table          int8 [256]: table[x + 128] is the output code of x
 */
#ifndef TC_ACTIVATION_H
#define TC_ACTIVATION_H

#include "tc_types.h"

typedef struct {
    int32_t count;
    const int8_t *table;
} tc_activation_params;

/* Portable. output may be input. */
void tc_activation_s8_ref(const tc_activation_params *p, const int8_t *input, int8_t *output);

#endif
