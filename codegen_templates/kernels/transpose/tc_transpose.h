/*
 * transpose: permutation of up to four merged axes, int8.
 *
 *   input   int8; the strides are those of the output's axes in it
 *   output  int8 [sizes[0]][sizes[1]][sizes[2]][sizes[3]][run_bytes]
 */
#ifndef TC_TRANSPOSE_H
#define TC_TRANSPOSE_H

#include "tc_types.h"

typedef struct {
    int32_t sizes[4], strides[4];
    int32_t run_bytes;
} tc_transpose_params;

/* Portable. */
void tc_transpose_s8_ref(const tc_transpose_params *p, const int8_t *input, int8_t *output);

#endif
