/* linear, weights from one codebook of 16, DSP extension: tc_linear_stored_dsp.h. */
#ifndef TC_LINEAR_S8_CB4_DSP_H
#define TC_LINEAR_S8_CB4_DSP_H

#include "tc_linear_stored_dsp.h"

/* Scratch: 256 words. At least four inputs. */
void tc_linear_s8_cb4_dsp(const tc_linear_stored_dsp_params *p, const int8_t *input, int8_t *output, void *scratch);

#endif
