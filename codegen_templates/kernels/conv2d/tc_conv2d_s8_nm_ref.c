/* conv2d, N of M weights kept, portable C. */
#include "tc_conv2d_s8_nm_ref.h"
#include "tc_stored_nm_ref.h"

void tc_conv2d_s8_nm_ref(const tc_stored_params *p, const int8_t *input, int8_t *output, void *scratch)
{
    tc_stored_nm_ref(p, input, output, (int8_t *)scratch);
}
