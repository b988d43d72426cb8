/* linear, weights of 4 bits, DSP extension: tc_linear_fields_dsp.h. */
#ifndef TC_LINEAR_S4_DSP_H
#define TC_LINEAR_S4_DSP_H

#include "tc_linear_dsp.h"

/* At least four inputs. */
void tc_linear_s4_dsp(const tc_linear_dsp_params *p, const int8_t *input, int8_t *output);

#endif
