/* activation, int8, portable C. */
#include "tc_activation.h"

void tc_activation_s8_ref(const tc_activation_params *p, const int8_t *input, int8_t *output)
{
    for (int32_t i = 0; i < p->count; ++i) {
        output[i] = p->table[input[i] + 128];
    }
}
