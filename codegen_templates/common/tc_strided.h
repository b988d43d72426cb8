/* Loops that copy between a dense and a strided tensor: four axes, outermost first, then runs of bytes. */
#ifndef TC_STRIDED_H
#define TC_STRIDED_H

#include "tc_types.h"

/* Copies one run; single bytes do without a call. */
TC_INLINE void tc_copy_run(int8_t *output, const int8_t *input, int32_t run_bytes)
{
    if (run_bytes == 1) {
        *output = *input;
    } else {
        memcpy(output, input, (size_t)run_bytes);
    }
}

/* Dense output from a strided input. */
TC_INLINE void tc_gather(const int32_t *sizes, const int32_t *strides, int32_t run_bytes, const int8_t *input, int8_t *output)
{
    for (int32_t i = 0; i < sizes[0]; ++i) {
        for (int32_t j = 0; j < sizes[1]; ++j) {
            for (int32_t k = 0; k < sizes[2]; ++k) {
                const int8_t *source = input + i * strides[0] + j * strides[1] + k * strides[2];
                for (int32_t l = 0; l < sizes[3]; ++l, output += run_bytes) {
                    tc_copy_run(output, source + l * strides[3], run_bytes);
                }
            }
        }
    }
}

/* Strided output from a dense input. */
TC_INLINE void tc_scatter(const int32_t *sizes, const int32_t *strides, int32_t run_bytes, const int8_t *input, int8_t *output)
{
    for (int32_t i = 0; i < sizes[0]; ++i) {
        for (int32_t j = 0; j < sizes[1]; ++j) {
            for (int32_t k = 0; k < sizes[2]; ++k) {
                int8_t *target = output + i * strides[0] + j * strides[1] + k * strides[2];
                for (int32_t l = 0; l < sizes[3]; ++l, input += run_bytes) {
                    tc_copy_run(target + l * strides[3], input, run_bytes);
                }
            }
        }
    }
}

#endif
