/* CRC-32 (IEEE 802.3, reflected, as zlib and Ethernet have it). */
#ifndef TC_CRC32_H
#define TC_CRC32_H

#include <stddef.h>
#include <stdint.h>

/* CRC of `data` appended to what `crc` covers already; start with 0. */
uint32_t tc_crc32(uint32_t crc, const uint8_t *data, size_t length);

#endif
