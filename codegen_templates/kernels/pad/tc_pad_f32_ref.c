/* pad, float32, portable C. */
#include "tc_pad_f32_ref.h"
#include "tc_strided.h"

void tc_pad_f32_ref(const tc_pad_f32_params *p, const float *input, float *output)
{
    for (int32_t i = 0; i < p->output_count; ++i) {
        output[i] = p->value;
    }
    tc_scatter(p->sizes, p->strides, p->run_bytes, (const int8_t *)input, (int8_t *)output + p->offset);
}
