/* Arm64: chooses by the processor (tc_multiply_neon.h). */
#include "tc_multiply_neon.h"
#include "tc_multiply_base.h"
#include "tc_multiply_dotprod.h"
#include "tc_multiply_i8mm.h"
#include "tc_processor.h"

void tc_multiply_neon(const tc_product_neon *p, const int8_t *input, int8_t *output)
{
    switch (tc_processor()) {
    case TC_PROCESSOR_I8MM:
        tc_multiply_i8mm(p, input, output);
        break;
    case TC_PROCESSOR_DOTPROD:
        tc_multiply_dotprod(p, input, output);
        break;
    default:
        tc_multiply_base(p, input, output);
        break;
    }
}
