/* tc_multiply_1x4_fields_dsp.h says what it computes. */
#ifndef TC_MULTIPLY_1X4_S2_DSP_H
#define TC_MULTIPLY_1X4_S2_DSP_H

#include "tc_multiply_1x4_fields_dsp.h"

tc_multiply_1x4_fields tc_multiply_1x4_s2_dsp;

#endif
