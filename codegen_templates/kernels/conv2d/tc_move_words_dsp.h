/* Copies words eight at a time: for the conv2d kernels that keep lines and weights in RAM. */
#ifndef TC_MOVE_WORDS_DSP_H
#define TC_MOVE_WORDS_DSP_H

#include "tc_types.h"

/* Moves ``count`` words to a lower address, or elsewhere. */
void tc_move_words_dsp(int32_t *to, const int32_t *from, int32_t count);

#endif
