/* concat, int8, portable C. */
#include "tc_concat.h"

void tc_concat_s8_ref(const tc_concat_params *p, const int8_t *const *inputs, int8_t *output)
{
    for (int32_t row = 0; row < p->outer; ++row) {
        for (int32_t i = 0; i < p->count; ++i) {
            memcpy(output, inputs[i] + row * p->inner_bytes[i], (size_t)p->inner_bytes[i]);
            output += p->inner_bytes[i];
        }
    }
}
