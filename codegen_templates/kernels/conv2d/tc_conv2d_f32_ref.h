/* conv2d, float32, portable: any shape. */
#ifndef TC_CONV2D_F32_REF_H
#define TC_CONV2D_F32_REF_H

#include "tc_conv2d_f32.h"

void tc_conv2d_f32_ref(const tc_conv2d_f32_params *p, const float *input, float *output);

#endif
