/* conv2d, blocks of 1x4 weights, cores without the DSP extension: tc_stored_pairs_thumb.h. */
#ifndef TC_CONV2D_S8_BLK_THUMB_H
#define TC_CONV2D_S8_BLK_THUMB_H

#include "tc_stored.h"

/* scratch: 5 * count bytes, 4-byte aligned. */
void tc_conv2d_s8_blk_thumb(const tc_stored_params *p, const int8_t *input, int8_t *output, void *scratch);

#endif
