/* linear, float32, portable C, for any shape: four outputs at a time, so that their sums do not wait. */
#include "tc_float.h"
#include "tc_linear_f32_ref.h"

enum { TOGETHER = 4 };

/* `count` outputs of a row, from output `first`. */
TC_INLINE void outputs(const tc_linear_f32_params *p, const float *row, int32_t first, int32_t count, float *output)
{
    const float *weights = p->weights + (ptrdiff_t)first * p->input_c;
    float acc[TOGETHER] = {0.0f, 0.0f, 0.0f, 0.0f};

    for (int32_t o = 0; o < count; ++o) {
        acc[o] = p->bias[first + o];
    }
    for (int32_t c = 0; c < p->input_c; ++c) {
        for (int32_t o = 0; o < count; ++o) {
            acc[o] = tc_fmaf(row[c], weights[(ptrdiff_t)o * p->input_c + c], acc[o]);
        }
    }
    for (int32_t o = 0; o < count; ++o) {
        output[first + o] = tc_clampf(acc[o], p->clamp_min, p->clamp_max);
    }
}

void tc_linear_f32_ref(const tc_linear_f32_params *p, const float *input, float *output)
{
    for (int32_t row = 0; row < p->rows; ++row, input += p->input_c, output += p->output_c) {
        int32_t o = 0;
        for (; o + TOGETHER <= p->output_c; o += TOGETHER) {
            outputs(p, input, o, TOGETHER, output);
        }
        if (o < p->output_c) {
            outputs(p, input, o, p->output_c - o, output);
        }
    }
}
