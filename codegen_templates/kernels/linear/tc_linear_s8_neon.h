/* linear, int8, NEON, any shape: the input is copied to the scratch buffer, so that rows may be read beyond their end. */
#ifndef TC_LINEAR_S8_NEON_H
#define TC_LINEAR_S8_NEON_H

#include "tc_linear_neon.h"

/* scratch: rows * input_c + 16 bytes. */
void tc_linear_s8_neon(const tc_linear_neon_params *p, const int8_t *input, int8_t *output, void *scratch);

#endif
