/* activation, float32, portable, specialised in each layer. output may be input. */
#ifndef TC_ACTIVATION_F32_REF_H
#define TC_ACTIVATION_F32_REF_H

#include "tc_functions_f32.h"

TC_INLINE void tc_activation_f32_ref(const tc_activation_f32_params *p, const float *input, float *output)
{
    for (int32_t i = 0; i < p->count; ++i) {
        output[i] = tc_function_f32(p->function, input[i], p->alpha);
    }
}

#endif
