/* activation, int8, portable C. */
#include "tc_activation.h"

void tc_activation_s8_ref(const tc_activation_params *p, const int8_t *input, int8_t *output)
{
    const int8_t *table = p->table + 128;
    const int32_t count = p->count;
    int32_t i = 0;

    for (; i < count - 3; i += 4) { /* one test for four elements */
        output[i] = table[input[i]];
        output[i + 1] = table[input[i + 1]];
        output[i + 2] = table[input[i + 2]];
        output[i + 3] = table[input[i + 3]];
    }
    for (; i < count; ++i) {
        output[i] = table[input[i]];
    }
}
