/* linear, weights of 4 bits in groups with factors, DSP extension: tc_linear_stored_dsp.h. */
#ifndef TC_LINEAR_S4_GROUP_DSP_H
#define TC_LINEAR_S4_GROUP_DSP_H

#include "tc_linear_stored_dsp.h"

/* Scratch: two words for each group and two more, and a row of codes where they are not a multiple of four. */
void tc_linear_s4_group_dsp(const tc_linear_stored_dsp_params *p, const int8_t *input, int8_t *output, void *scratch);

#endif
