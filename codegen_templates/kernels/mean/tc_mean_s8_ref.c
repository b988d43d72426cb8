/* mean, int8, portable C: an int32 sum and one requantisation per output. */
#include "tc_mean.h"
#include "tc_numerics.h"

/* Sum of the codes that start at ``input`` and lie along both reduced axes. */
static int32_t sum_codes(const tc_mean_params *p, const int8_t *input)
{
    const ptrdiff_t row = (ptrdiff_t)p->middle * p->reduced_1 * p->inner;
    int32_t sum = 0;
    for (int32_t i = 0; i < p->reduced_0; ++i, input += row) {
        const int8_t *code = input;
        for (int32_t j = 0; j < p->reduced_1; ++j, code += p->inner) {
            sum += *code;
        }
    }
    return sum;
}

void tc_mean_s8_ref(const tc_mean_params *p, const int8_t *input, int8_t *output)
{
    const int32_t offset = p->reduced_0 * p->reduced_1 * p->input_zero_point;
    const ptrdiff_t run = (ptrdiff_t)p->reduced_1 * p->inner;
    for (int32_t o = 0; o < p->outer; ++o, input += p->reduced_0 * p->middle * run) {
        for (int32_t m = 0; m < p->middle; ++m) {
            for (int32_t c = 0; c < p->inner; ++c) {
                const int32_t sum = sum_codes(p, input + m * run + c) - offset;
                const int32_t q = tc_requantize(sum, p->multiplier, p->exponent) + p->output_zero_point;
                *output++ = (int8_t)tc_clamp(q, -128, 127);
            }
        }
    }
}
