/* mean, float32, portable C. */
#include "tc_float.h"
#include "tc_mean_f32_ref.h"

/* Sum of the elements that start at `input` and lie along both reduced axes. */
static float sum_elements(const tc_mean_f32_params *p, const float *input)
{
    const ptrdiff_t row = (ptrdiff_t)p->middle * p->reduced_1 * p->inner;
    float sum = 0.0f;

    for (int32_t i = 0; i < p->reduced_0; ++i, input += row) {
        const float *element = input;
        for (int32_t j = 0; j < p->reduced_1; ++j, element += p->inner) {
            sum += *element;
        }
    }
    return sum;
}

void tc_mean_f32_ref(const tc_mean_f32_params *p, const float *input, float *output)
{
    const float count = (float)(p->reduced_0 * p->reduced_1);
    const ptrdiff_t run = (ptrdiff_t)p->reduced_1 * p->inner;

    for (int32_t o = 0; o < p->outer; ++o, input += p->reduced_0 * p->middle * run) {
        for (int32_t m = 0; m < p->middle; ++m) {
            for (int32_t c = 0; c < p->inner; ++c) {
                *output++ = sum_elements(p, input + m * run + c) / count;
            }
        }
    }
}
