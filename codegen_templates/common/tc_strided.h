/* Loops that copy between a dense and a strided tensor: four axes, outermost first, then runs of bytes. */
#ifndef TC_STRIDED_H
#define TC_STRIDED_H

#include "tc_types.h"

/* count runs of a strided input, one behind the other. */
TC_INLINE int8_t *tc_gather_runs(int8_t *output, const int8_t *input, int32_t count, int32_t stride, int32_t run_bytes)
{
    if (run_bytes == 1) { /* no call for single bytes */
        for (int32_t i = 0; i < count; ++i, input += stride) {
            *output++ = *input;
        }
        return output;
    }
    for (int32_t i = 0; i < count; ++i, input += stride, output += run_bytes) {
        memcpy(output, input, (size_t)run_bytes);
    }
    return output;
}

/* Dense output from a strided input. */
TC_INLINE void tc_gather(const int32_t *sizes, const int32_t *strides, int32_t run_bytes, const int8_t *input,
                         int8_t *output)
{
    for (int32_t i = 0; i < sizes[0]; ++i) {
        for (int32_t j = 0; j < sizes[1]; ++j) {
            for (int32_t k = 0; k < sizes[2]; ++k) {
                const int8_t *source = input + i * strides[0] + j * strides[1] + k * strides[2];
                output = tc_gather_runs(output, source, sizes[3], strides[3], run_bytes);
            }
        }
    }
}

/* Strided output from a dense input. */
TC_INLINE void tc_scatter(const int32_t *sizes, const int32_t *strides, int32_t run_bytes, const int8_t *input,
                          int8_t *output)
{
    for (int32_t i = 0; i < sizes[0]; ++i) {
        for (int32_t j = 0; j < sizes[1]; ++j) {
            for (int32_t k = 0; k < sizes[2]; ++k) {
                int8_t *target = output + i * strides[0] + j * strides[1] + k * strides[2];
                for (int32_t l = 0; l < sizes[3]; ++l, input += run_bytes) {
                    memcpy(target + l * strides[3], input, (size_t)run_bytes);
                }
            }
        }
    }
}

#endif
