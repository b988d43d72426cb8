/*
 * The last fault of the program, kept over the reset that follows it, so that the host hears of it (docs/protocol.md).
 * Implemented in app/<platform>: a host process has none, its operating system reports.
 */
#ifndef TC_FAULT_H
#define TC_FAULT_H

#include <stdint.h>

enum { TC_FAULT_WORDS = 9, TC_FAULT_NO_LAYER = 0xffff };

/* `exception` of a fault that no exception reported: the stack grew into its painted guard. */
enum { TC_FAULT_STACK_GUARD = 0x100 };

typedef struct {
    uint32_t exception; /* number of the exception, 3 for HardFault */
    uint32_t pc, lr, sp, psr; /* of the program; pc, lr and psr are 0 when there was no stack left to save them on */
    uint32_t cfsr, hfsr; /* fault status; 0 on Armv6-M, which has none */
    uint32_t address; /* that could not be accessed, 0 where not known */
    uint32_t layer; /* that was running on its own (PROFILE, DUMP), TC_FAULT_NO_LAYER in a whole run */
} tc_fault_record;

/* The record of a fault that the host has not fetched; NULL without one. */
const tc_fault_record *tc_fault_pending(void);
void tc_fault_clear(void);

/* Checks the guard below the stack, where no hardware does; a fault is pending afterwards if it was overwritten. */
void tc_fault_check_stack(void);

/* The layer that a fault from now on is charged to. */
void tc_fault_set_layer(uint32_t layer);

#endif
