/* linear, binary weights, portable C. */
#include "tc_linear_b1_ref.h"
#include "tc_stored_b1_ref.h"

void tc_linear_b1_ref(const tc_stored_params *p, const int8_t *input, int8_t *output)
{
    tc_stored_b1_ref(p, input, output, NULL);
}
