/* Consistent overhead byte stuffing: bytes without a zero, so that a zero ends a frame (docs/protocol.md). */
#ifndef TC_COBS_H
#define TC_COBS_H

#include <stddef.h>
#include <stdint.h>

/* Largest encoding of `length` bytes, without the closing zero. */
#define TC_COBS_BYTES(length) ((length) + (length) / 254u + 1u)

/* Decodes in place what came before a zero; returns the decoded length, or 0 when the encoding is broken. */
size_t tc_cobs_decode(uint8_t *buffer, size_t length);

/* Writes the encoding of `data` and the closing zero piece by piece, so that no second buffer is needed. */
void tc_cobs_encode(const uint8_t *data, size_t length, void (*write)(const uint8_t *bytes, size_t count));

#endif
