/* tc_multiply_listed_dsp.h with distances of 4 bits. */
#ifndef TC_MULTIPLY_LISTED_NIBBLES_DSP_H
#define TC_MULTIPLY_LISTED_NIBBLES_DSP_H

#include "tc_multiply_listed_dsp.h"

void tc_multiply_listed_nibbles_dsp(const tc_multiply_listed *work);

#endif
