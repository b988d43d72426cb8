/*
 * pad: constant padding of up to four merged axes, int8.
 *
 *   input   int8 [sizes[0]][sizes[1]][sizes[2]][sizes[3]][run_bytes]
 *   output  int8 [output_bytes]; the input's first element is at offset, the strides are those of its axes in the output
 */
#ifndef TC_PAD_H
#define TC_PAD_H

#include "tc_types.h"

typedef struct {
    int32_t output_bytes;
    int32_t value; /* int8 code of the padding */
    int32_t offset;
    int32_t sizes[4], strides[4];
    int32_t run_bytes;
} tc_pad_params;

/* Portable. */
void tc_pad_s8_ref(const tc_pad_params *p, const int8_t *input, int8_t *output);

#endif
