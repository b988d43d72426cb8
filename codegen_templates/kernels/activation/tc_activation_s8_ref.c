/* activation, int8, portable C. */
#include "tc_activation.h"

void tc_activation_s8_ref(const tc_activation_params *p, const int8_t *input, int8_t *output)
{
    const int8_t *table = p->table + 128;
    const int32_t count = p->count;

    for (int32_t i = 0; i < count; ++i) {
        output[i] = table[input[i]];
    }
}
