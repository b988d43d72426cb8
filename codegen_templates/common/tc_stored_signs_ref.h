/* Binary weights and inputs of which only the sign counts, portable C: tc_stored.h. */
#ifndef TC_STORED_SIGNS_REF_H
#define TC_STORED_SIGNS_REF_H

#include "tc_stored.h"

/* Scratch: the window's signs in whole words, then count bytes where windows are copied (tc_stored_window.h). */
void tc_stored_signs_ref(const tc_stored_params *p, const int8_t *input, int8_t *output, void *scratch);

#endif
