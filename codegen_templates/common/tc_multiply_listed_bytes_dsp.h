/* tc_multiply_listed_dsp.h with distances of 8 bits. */
#ifndef TC_MULTIPLY_LISTED_BYTES_DSP_H
#define TC_MULTIPLY_LISTED_BYTES_DSP_H

#include "tc_multiply_listed_dsp.h"

void tc_multiply_listed_bytes_dsp(const tc_multiply_listed *work);

#endif
