/* requantize, int16 to int8: tc_requantize.h has the parameters. */
#ifndef TC_REQUANTIZE_S16_S8_REF_H
#define TC_REQUANTIZE_S16_S8_REF_H

#include "tc_requantize.h"

void tc_requantize_s16_s8_ref(const tc_requantize_params *p, const int16_t *input, int8_t *output);

#endif
