/* linear, one of each four weights kept, DSP extension: tc_linear_stored_dsp.h. */
#ifndef TC_LINEAR_S8_NM_1OF4_DSP_H
#define TC_LINEAR_S8_NM_1OF4_DSP_H

#include "tc_linear_stored_dsp.h"

/* Scratch: the table of tc_multiply_1x4_nm_asm.h. */
void tc_linear_s8_nm_1of4_dsp(const tc_linear_stored_dsp_params *p, const int8_t *input, int8_t *output, void *scratch);

#endif
