/* conv2d, blocks of 1x4 weights, portable C. */
#include "tc_conv2d_s8_blk_ref.h"
#include "tc_stored_blk_ref.h"

void tc_conv2d_s8_blk_ref(const tc_stored_params *p, const int8_t *input, int8_t *output, void *scratch)
{
    tc_stored_blk_ref(p, input, output, (int8_t *)scratch);
}
