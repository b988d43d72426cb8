/* conv2d, 4-bit weights, portable C. */
#include "tc_conv2d_s4_ref.h"
#include "tc_stored_s4_ref.h"

void tc_conv2d_s4_ref(const tc_stored_params *p, const int8_t *input, int8_t *output, void *scratch)
{
    tc_stored_s4_ref(p, input, output, (int8_t *)scratch);
}
