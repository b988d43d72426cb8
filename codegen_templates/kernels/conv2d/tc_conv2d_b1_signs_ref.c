/* conv2d, binary weights, inputs of which only the sign counts, portable C. */
#include "tc_conv2d_b1_signs_ref.h"
#include "tc_stored_signs_ref.h"

void tc_conv2d_b1_signs_ref(const tc_stored_params *p, const int8_t *input, int8_t *output, void *scratch)
{
    tc_stored_signs_ref(p, input, output, scratch);
}
