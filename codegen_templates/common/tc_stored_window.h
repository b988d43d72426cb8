/* The codes under a window, side by side. */
#ifndef TC_STORED_WINDOW_H
#define TC_STORED_WINDOW_H

#include "tc_stored.h"

/* Codes under the window of output pixel (oy, ox): in the input where they lie side by side, else in ``window``. */
const int8_t *tc_stored_window(const tc_stored_params *p, const int8_t *input, int32_t oy, int32_t ox, int8_t *window);

#endif
