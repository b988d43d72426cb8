/*
 * Layers that are computed strip of rows by strip of rows, in turn with the layers that read them: each strip is a call of
 * the layer's kernel on part of the image, at addresses that follow from the number of the strip.
 */
#ifndef TC_STRIPS_H
#define TC_STRIPS_H

#include "tc_types.h"

/* Byte offset + n * step of the arena. */
typedef struct {
    int32_t offset, step;
} tc_strip_address;

/* Strips t = n * phases + phase that make the same call, up to n = end, from where the run before it ends. */
typedef struct {
    int32_t phase, end;
    int32_t params; /* index, or -1: nothing to compute */
    tc_strip_address inputs[2];
    tc_strip_address output;
    int32_t kept, kept_bytes; /* rows that are still needed, moved to the start of the line buffer */
} tc_strip_run;

TC_INLINE uint8_t *tc_strip_at(uint8_t *arena, const tc_strip_address *address, int32_t n)
{
    return arena + address->offset + n * address->step;
}

/* The run of a strip; the rows kept are moved to `lines`. The last run of each phase has no end before the last strip. */
TC_INLINE const tc_strip_run *tc_begin_strip(const tc_strip_run *run, int32_t phase, int32_t n, uint8_t *arena,
                                             uint8_t *lines)
{
    while (run->phase != phase || run->end <= n) {
        ++run;
    }
    if (run->kept_bytes > 0) {
        memmove(lines, arena + run->kept, (size_t)run->kept_bytes);
    }
    return run;
}

#endif
