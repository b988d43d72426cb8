/* linear, blocks of 1x4 weights, portable C. */
#include "tc_linear_s8_blk_ref.h"
#include "tc_stored_blk_ref.h"

void tc_linear_s8_blk_ref(const tc_stored_params *p, const int8_t *input, int8_t *output)
{
    tc_stored_blk_ref(p, input, output, NULL);
}
