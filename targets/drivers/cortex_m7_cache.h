/*
 * Caches of a Cortex-M7.
 *
 * Source: Armv7-M Architecture Reference Manual (DDI 0403), B2.2.7 cache maintenance, B3.2.8 CCR, B4.8 cache registers.
 */
#ifndef CORTEX_M7_CACHE_H
#define CORTEX_M7_CACHE_H

/* Empties both caches, whose contents after reset are anything, and turns them on. Nothing but the core reads memory. */
void cortex_m7_cache_start(void);

#endif
