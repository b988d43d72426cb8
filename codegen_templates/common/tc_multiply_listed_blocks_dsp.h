/* tc_multiply_listed_dsp.h with blocks of four weights. */
#ifndef TC_MULTIPLY_LISTED_BLOCKS_DSP_H
#define TC_MULTIPLY_LISTED_BLOCKS_DSP_H

#include "tc_multiply_listed_dsp.h"

void tc_multiply_listed_blocks_dsp(const tc_multiply_listed *work);

#endif
