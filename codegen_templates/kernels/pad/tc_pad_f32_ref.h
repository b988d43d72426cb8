/*
 * pad, float32, portable.
 *
 *   input    float, as bytes [sizes[0]][sizes[1]][sizes[2]][sizes[3]][run_bytes]
 *   output   float [output_count]; the input's first byte is at offset, the strides are those of its axes in the output
 */
#ifndef TC_PAD_F32_REF_H
#define TC_PAD_F32_REF_H

#include "tc_float.h"

typedef struct {
    int32_t output_count;
    float value;
    int32_t offset;
    int32_t sizes[4], strides[4];
    int32_t run_bytes;
} tc_pad_f32_params;

void tc_pad_f32_ref(const tc_pad_f32_params *p, const float *input, float *output);

#endif
