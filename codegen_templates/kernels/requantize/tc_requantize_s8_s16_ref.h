/* requantize, int8 to int16: tc_requantize.h has the parameters. */
#ifndef TC_REQUANTIZE_S8_S16_REF_H
#define TC_REQUANTIZE_S8_S16_REF_H

#include "tc_requantize.h"

void tc_requantize_s8_s16_ref(const tc_requantize_params *p, const int8_t *input, int16_t *output);

#endif
