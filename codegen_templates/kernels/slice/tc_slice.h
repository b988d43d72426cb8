/*
 * slice: strided slice of up to four merged axes, int8.
 *
 *   input   int8; element (i, j, k, l) of a run is at offset + i strides[0] + j strides[1] + k strides[2] + l strides[3]
 *   output  int8 [sizes[0]][sizes[1]][sizes[2]][sizes[3]][run_bytes]
 */
#ifndef TC_SLICE_H
#define TC_SLICE_H

#include "tc_types.h"

typedef struct {
    int32_t offset;
    int32_t sizes[4], strides[4]; /* strides may be negative */
    int32_t run_bytes;
} tc_slice_params;

/* Portable. */
void tc_slice_s8_ref(const tc_slice_params *p, const int8_t *input, int8_t *output);

#endif
