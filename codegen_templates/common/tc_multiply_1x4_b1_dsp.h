/* tc_multiply_1x4_fields_dsp.h says what it computes. */
#ifndef TC_MULTIPLY_1X4_B1_DSP_H
#define TC_MULTIPLY_1X4_B1_DSP_H

#include "tc_multiply_1x4_fields_dsp.h"

tc_multiply_1x4_fields tc_multiply_1x4_b1_dsp;

#endif
