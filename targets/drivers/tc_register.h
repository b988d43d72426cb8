/*
 * Registers of a chip. A header of registers names them as the maker does, PERIPHERAL_REGISTER, and the bits of a field as a
 * mask, PERIPHERAL_REGISTER_FIELD: tests/targets/test_registers.py holds each name, address and mask against SVD files.
 */
#ifndef TC_REGISTER_H
#define TC_REGISTER_H

#include <stdint.h>

#define TC_REGISTER(address) (*(volatile uint32_t *)(address))

/* `value` at the place of the field `mask`. */
#define TC_FIELD(mask, value) ((uint32_t)(value) * ((mask) & (~(mask) + 1u)))

/* Reads of a flag before it is taken to never come: 20 ms and more at any clock, longer than a crystal needs. */
enum { TC_WAIT_READS = 60000 };

/* Waits until the bits of `mask` equal `value`; false when they do not in time, as on an emulator without the register. */
static inline int tc_wait(const volatile uint32_t *address, uint32_t mask, uint32_t value)
{
    for (uint32_t i = 0; i < TC_WAIT_READS; ++i) {
        if ((*address & mask) == value) {
            return 1;
        }
    }
    return 0;
}

/* Replaces the bits of `mask`. */
static inline void tc_modify(volatile uint32_t *address, uint32_t mask, uint32_t value)
{
    *address = (*address & ~mask) | value;
}

#endif
