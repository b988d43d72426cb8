/* The part of a depthwise convolution's window that lies inside the input. */
#ifndef TC_DEPTHWISE_CONV2D_WINDOW_H
#define TC_DEPTHWISE_CONV2D_WINDOW_H

#include "tc_types.h"

/* Taps [first, last) of a window along one axis. */
typedef struct {
    int32_t first, last;
} tc_taps;

/* The taps inside [0, size) of a window that begins at `start`. */
static inline tc_taps tc_taps_inside(int32_t start, int32_t kernel, int32_t dilation, int32_t size)
{
    tc_taps t = {0, kernel};
    while (t.first < kernel && start + t.first * dilation < 0) {
        ++t.first;
    }
    while (t.last > t.first && start + (t.last - 1) * dilation >= size) {
        --t.last;
    }
    return t;
}

#endif
