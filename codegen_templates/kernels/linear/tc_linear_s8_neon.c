/* linear, int8, NEON: tc_linear_s8_neon.h. */
#include "tc_linear_s8_neon.h"

void tc_linear_s8_neon(const tc_linear_neon_params *p, const int8_t *input, int8_t *output, void *scratch)
{
    tc_copy_neon((int8_t *)scratch, input, p->rows * p->input_c);
    tc_linear_neon(p, (const int8_t *)scratch, output);
}
