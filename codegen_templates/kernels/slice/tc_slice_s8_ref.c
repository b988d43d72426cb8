/* slice, int8, portable C. */
#include "tc_slice.h"
#include "tc_strided.h"

void tc_slice_s8_ref(const tc_slice_params *p, const int8_t *input, int8_t *output)
{
    tc_gather(p->sizes, p->strides, p->run_bytes, input + p->offset, output);
}
