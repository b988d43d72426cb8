/* linear, weights of 2 bits, DSP extension: tc_linear_fields_dsp.h. */
#ifndef TC_LINEAR_S2_DSP_H
#define TC_LINEAR_S2_DSP_H

#include "tc_linear_dsp.h"

/* At least four inputs. */
void tc_linear_s2_dsp(const tc_linear_dsp_params *p, const int8_t *input, int8_t *output);

#endif
