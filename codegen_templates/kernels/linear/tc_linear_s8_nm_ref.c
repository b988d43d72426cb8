/* linear, N of M weights kept, portable C. */
#include "tc_linear_s8_nm_ref.h"
#include "tc_stored_nm_ref.h"

void tc_linear_s8_nm_ref(const tc_stored_params *p, const int8_t *input, int8_t *output)
{
    tc_stored_nm_ref(p, input, output, NULL);
}
