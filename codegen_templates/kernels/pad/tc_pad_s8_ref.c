/* pad, int8, portable C. */
#include "tc_pad.h"
#include "tc_strided.h"

void tc_pad_s8_ref(const tc_pad_params *p, const int8_t *input, int8_t *output)
{
    memset(output, (int)p->value, (size_t)p->output_bytes);
    tc_scatter(p->sizes, p->strides, p->run_bytes, input, output + p->offset);
}
