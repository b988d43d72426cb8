/* Products with 4-bit weights, portable C. */
#ifndef TC_STORED_S4_REF_H
#define TC_STORED_S4_REF_H

#include "tc_stored.h"

/* ``window`` holds ``count`` bytes; it is not used by windows whose codes lie side by side in the input. */
void tc_stored_s4_ref(const tc_stored_params *p, const int8_t *input, int8_t *output, int8_t *window);

#endif
