/* What the linker script defines. Addresses only: the arrays are where the regions begin. */
#ifndef TC_LINKER_H
#define TC_LINKER_H

#include <stdint.h>

extern uint32_t __stack_guard[];                             /* 32 bytes below the stack */
extern uint32_t __stack_limit[], __stack_top[];              /* the stack, lowest and highest address */
extern uint32_t __data_start[], __data_end[], __data_load[]; /* initialised variables, and their values in flash */
extern uint32_t __fast_start[], __fast_end[], __fast_load[]; /* constants that are copied to fast memory */
extern uint32_t __bss_start[], __bss_end[];                  /* variables that start as zero; without the arena */

#endif
