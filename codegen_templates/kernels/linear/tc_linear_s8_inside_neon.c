/* linear, int8, NEON: tc_linear_s8_inside_neon.h. */
#include "tc_linear_s8_inside_neon.h"

void tc_linear_s8_inside_neon(const tc_linear_neon_params *p, const int8_t *input, int8_t *output)
{
    tc_linear_neon(p, input, output);
}
