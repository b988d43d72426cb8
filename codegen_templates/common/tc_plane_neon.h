/* The part of an NHWC input that the windows of a layer see, copied with its padding. */
#ifndef TC_PLANE_NEON_H
#define TC_PLANE_NEON_H

#include "tc_types.h"

/* height x width pixels, whose first one is pixel (-top, -left) of the input; top and left are not negative. */
typedef struct {
    int32_t input_h, input_w, channels;
    int32_t height, width, top, left;
    int32_t zero_point;
} tc_plane_neon;

/* Fills height * width * channels bytes at `to`; pixels outside the input are the zero point. */
void tc_copy_plane_neon(const tc_plane_neon *p, const int8_t *input, int8_t *to);

#endif
