/* linear, weights without their zeros, distances of 8 bits, DSP extension: tc_linear_stored_dsp.h. */
#ifndef TC_LINEAR_S8_CSR_DSP_H
#define TC_LINEAR_S8_CSR_DSP_H

#include "tc_linear_stored_dsp.h"

void tc_linear_s8_csr_dsp(const tc_linear_stored_dsp_params *p, const int8_t *input, int8_t *output);

#endif
