/* tc_multiply_4x2_fields_dsp.h says what it computes. */
#ifndef TC_MULTIPLY_4X2_S4_DSP_H
#define TC_MULTIPLY_4X2_S4_DSP_H

#include "tc_multiply_4x2_fields_dsp.h"

tc_multiply_4x2_fields tc_multiply_4x2_s4_dsp;

#endif
