/* linear, int8, portable C: one code serves two output channels. */
#include "tc_linear_s8_block_ref.h"
#include "tc_numerics.h"

/* Adds the products of ``count`` codes with the weights of two channels. */
TC_INLINE void multiply(const int8_t *codes, const int8_t *w0, const int8_t *w1, int32_t count, int32_t *s0,
                        int32_t *s1)
{
    int32_t a = *s0, b = *s1, i = 0;
    for (; i + 4 <= count; i += 4) {
        a += codes[i] * w0[i];
        b += codes[i] * w1[i];
        a += codes[i + 1] * w0[i + 1];
        b += codes[i + 1] * w1[i + 1];
        a += codes[i + 2] * w0[i + 2];
        b += codes[i + 2] * w1[i + 2];
        a += codes[i + 3] * w0[i + 3];
        b += codes[i + 3] * w1[i + 3];
    }
    for (; i < count; ++i) {
        a += codes[i] * w0[i];
        b += codes[i] * w1[i];
    }
    *s0 = a;
    *s1 = b;
}

static int8_t output_of(const tc_linear_params *p, int32_t sum, int32_t channel)
{
    const int32_t q = tc_requantize(sum, p->multiplier[channel], p->exponent[channel]) + p->output_zero_point;
    return (int8_t)tc_clamp(q, p->clamp_min, p->clamp_max);
}

void tc_linear_s8_block_ref(const tc_linear_params *p, const int8_t *input, int8_t *output)
{
    for (int32_t row = 0; row < p->rows; ++row, input += p->input_c, output += p->output_c) {
        for (int32_t c = 0; c < p->output_c; c += 2) {
            const int32_t next = c + 1 < p->output_c ? c + 1 : c; /* a last channel alone is computed twice */
            const int8_t *weights = p->weights + (ptrdiff_t)c * p->input_c;
            int32_t s0 = p->bias[c], s1 = p->bias[next];
            multiply(input, weights, weights + (ptrdiff_t)(next - c) * p->input_c, p->input_c, &s0, &s1);
            output[c] = output_of(p, s0, c);
            output[next] = output_of(p, s1, next);
        }
    }
}
