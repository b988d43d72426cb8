/* mean, float32, Arm64: sixteen elements of the innermost axis at a time, then four, some of which may come twice. */
#include "tc_mean_f32_neon.h"
#include "tc_neon.h"

/* Means of `lanes` elements, four or sixteen. */
TC_INLINE void mean(const tc_mean_f32_params *p, const float *input, float *output, int lanes)
{
    const ptrdiff_t row = (ptrdiff_t)p->middle * p->reduced_1 * p->inner;
    const float32x4_t count = vdupq_n_f32((float)(p->reduced_0 * p->reduced_1));
    float32x4_t sums[4];

    for (int i = 0; i < lanes / 4; ++i) {
        sums[i] = vdupq_n_f32(0.0f);
    }
    for (int32_t r = 0; r < p->reduced_0; ++r, input += row) {
        const float *at = input;
        for (int32_t s = 0; s < p->reduced_1; ++s, at += p->inner) {
            for (int i = 0; i < lanes / 4; ++i) {
                sums[i] = vaddq_f32(sums[i], vld1q_f32(at + 4 * i));
            }
        }
    }
    for (int i = 0; i < lanes / 4; ++i) {
        vst1q_f32(output + 4 * i, vdivq_f32(sums[i], count));
    }
}

void tc_mean_f32_neon(const tc_mean_f32_params *p, const float *input, float *output)
{
    const ptrdiff_t run = (ptrdiff_t)p->reduced_1 * p->inner;

    for (int32_t o = 0; o < p->outer; ++o, input += p->reduced_0 * p->middle * run) {
        for (int32_t m = 0; m < p->middle; ++m, output += p->inner) {
            int32_t c = 0;
            for (; c + 16 <= p->inner; c += 16) {
                mean(p, input + m * run + c, output + c, 16);
            }
            for (; c < p->inner; c += 4) {
                const int32_t from = c + 4 <= p->inner ? c : p->inner - 4;
                mean(p, input + m * run + from, output + from, 4);
            }
        }
    }
}
