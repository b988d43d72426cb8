/* Loops of the elementwise operators with two operands; the function that they call is inlined. */
#ifndef TC_BROADCAST_H
#define TC_BROADCAST_H

#include "tc_types.h"

/* One output element for the codes of two operands. */
typedef int8_t tc_binary_element(const void *params, int32_t a, int32_t b);

/* Four loops, outermost first; a stride of 0 broadcasts. The output is written in order. */
TC_INLINE void tc_broadcast(const int32_t *sizes, const int32_t *strides0, const int32_t *strides1,
                            const int8_t *input0, const int8_t *input1, int8_t *output, tc_binary_element *element,
                            const void *params)
{
    for (int32_t i = 0; i < sizes[0]; ++i) {
        for (int32_t j = 0; j < sizes[1]; ++j) {
            for (int32_t k = 0; k < sizes[2]; ++k) {
                const int8_t *a = input0 + i * strides0[0] + j * strides0[1] + k * strides0[2];
                const int8_t *b = input1 + i * strides1[0] + j * strides1[1] + k * strides1[2];
                for (int32_t l = 0; l < sizes[3]; ++l) {
                    *output++ = element(params, a[l * strides0[3]], b[l * strides1[3]]);
                }
            }
        }
    }
}

#endif
