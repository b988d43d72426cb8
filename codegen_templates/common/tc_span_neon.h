/*
 * Windows along one axis whose taps lie inside the input from the same one to the same one: kernels that skip padding
 * compute them together.
 */
#ifndef TC_SPAN_NEON_H
#define TC_SPAN_NEON_H

#include "tc_types.h"

/* One axis of a layer of windows. */
typedef struct {
    int32_t input, output, kernel, stride, dilation, pad;
} tc_axis_neon;

/* Output positions first to end - 1, of whose windows only taps from to to - 1 lie inside the input. */
typedef struct {
    int32_t first, end, from, to;
} tc_span_neon;

/* The taps inside of the window of output position `first`. */
TC_INLINE tc_span_neon tc_taps_neon(const tc_axis_neon *axis, int32_t first)
{
    const int32_t start = first * axis->stride - axis->pad, left = axis->input - start;
    const int32_t from = start < 0 ? (axis->dilation - 1 - start) / axis->dilation : 0;
    const int32_t to = left > 0 ? (axis->dilation - 1 + left) / axis->dilation : 0;
    tc_span_neon span = {first, first + 1, from, to < axis->kernel ? to : axis->kernel};

    if (span.to <= span.from) { /* none */
        span.from = span.to = 0;
    }
    return span;
}

/* The span that starts at output position `first` < axis->output. */
TC_INLINE tc_span_neon tc_span_of(const tc_axis_neon *axis, int32_t first)
{
    tc_span_neon span = tc_taps_neon(axis, first);

    while (span.end < axis->output) {
        const tc_span_neon next = tc_taps_neon(axis, span.end);
        if (next.from != span.from || next.to != span.to) {
            break;
        }
        ++span.end;
    }
    return span;
}

#endif
