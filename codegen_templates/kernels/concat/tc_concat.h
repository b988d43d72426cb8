/*
 * concat: concatenation along any axis, int8.
 *
 *   inputs  count pointers to int8 [outer][inner_bytes[i]]
 *   output  int8 [outer][sum of inner_bytes]
 */
#ifndef TC_CONCAT_H
#define TC_CONCAT_H

#include "tc_types.h"

typedef struct {
    int32_t outer, count;
    const int32_t *inner_bytes;
} tc_concat_params;

/* Portable. */
void tc_concat_s8_ref(const tc_concat_params *p, const int8_t *const *inputs, int8_t *output);

#endif
