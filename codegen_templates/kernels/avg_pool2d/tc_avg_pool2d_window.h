/* avg_pool2d: which part of a window lies in the input, and which part counts. */
#ifndef TC_AVG_POOL2D_WINDOW_H
#define TC_AVG_POOL2D_WINDOW_H

#include "tc_types.h"

/* Part of a window along one axis: [first, last) lies inside the input, counted taps count at all. */
typedef struct {
    int32_t first, last, counted;
} tc_pool_span;

TC_INLINE int32_t tc_pool_overlap(int32_t start, int32_t end, int32_t low, int32_t high)
{
    const int32_t first = start > low ? start : low;
    const int32_t last = end < high ? end : high;
    return last > first ? last - first : 0;
}

TC_INLINE tc_pool_span tc_pool_window(int32_t start, int32_t kernel, int32_t size, int32_t before, int32_t after)
{
    tc_pool_span s;
    s.first = start > 0 ? start : 0;
    s.last = s.first + tc_pool_overlap(start, start + kernel, 0, size);
    s.counted = tc_pool_overlap(start, start + kernel, -before, size + after);
    return s;
}

/* sum / count, halves away from zero. */
TC_INLINE int32_t tc_pool_average(int32_t sum, int32_t count)
{
    return (sum >= 0 ? sum + count / 2 : sum - count / 2) / count;
}

#endif
