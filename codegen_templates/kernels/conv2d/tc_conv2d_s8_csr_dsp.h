/* conv2d, weights without their zeros, DSP extension: tc_stored_quads_dsp.h. */
#ifndef TC_CONV2D_S8_CSR_DSP_H
#define TC_CONV2D_S8_CSR_DSP_H

#include "tc_stored.h"

/* scratch: 9 * count bytes, 4-byte aligned. */
void tc_conv2d_s8_csr_dsp(const tc_stored_params *p, const int8_t *input, int8_t *output, void *scratch);

#endif
