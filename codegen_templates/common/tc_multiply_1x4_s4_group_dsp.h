/* Inner block of the linear kernel for weights of 4 bits in groups with factors. See tc_multiply_1x4_s4_group_dsp.c. */
#ifndef TC_MULTIPLY_1X4_S4_GROUP_DSP_H
#define TC_MULTIPLY_1X4_S4_GROUP_DSP_H

#include "tc_multiply_1x4_stored_dsp.h"

/*
 *   codes    int8, a multiple of four, at any address
 *   weights  for each four channels the groups: fields of each four codes as tc_multiply_1x4_fields_dsp.h has them, then a
 *            word with the channels' factors, int8
 *   table    for each group the correction of its codes (tc_row_correction_dsp), and one more than its fours of codes;
 *            then two zeros
 *   requant  sums of fields times factors
 */
void tc_multiply_1x4_s4_group_dsp(tc_multiply_1x4_stored *work);

#endif
