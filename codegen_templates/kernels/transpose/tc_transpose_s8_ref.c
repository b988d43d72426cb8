/* transpose, int8, portable C. */
#include "tc_strided.h"
#include "tc_transpose.h"

void tc_transpose_s8_ref(const tc_transpose_params *p, const int8_t *input, int8_t *output)
{
    tc_gather(p->sizes, p->strides, p->run_bytes, input, output);
}
