/*
 * What the application needs from a board or host. One implementation per board: targets/boards/BOARD/board.c, or a
 * shared driver in targets/drivers/.
 */
#ifndef TC_BOARD_H
#define TC_BOARD_H

#include <stddef.h>
#include <stdint.h>

/* Clocks, flash wait states, UART. Called once, before anything else of the application. */
void tc_board_init(void);

/* Core clock in Hz after tc_board_init. */
uint32_t tc_board_clock_hz(void);

/* Next received byte, or -1 when none waits. Never blocks. */
int tc_board_read(void);

/* Sends all bytes; blocks until they are in the UART. */
void tc_board_write(const uint8_t *data, size_t length);

/* Free-running cycle counter, 32 bits, wraps; tc_cycles_kind tells what counts (implemented in app/<platform>/tc_cycles.c). */
void tc_cycles_init(void);
uint32_t tc_cycles(void);

enum { TC_CYCLES_NONE = 0, TC_CYCLES_DWT = 1, TC_CYCLES_SYSTICK = 2, TC_CYCLES_HOST_NS = 3 };
uint8_t tc_cycles_kind(void);

/* Stack: the deepest use since tc_stack_paint (0 where not known), which also sets up the guard below it (tc_fault.h). */
void tc_stack_paint(void);
uint32_t tc_stack_used_bytes(void);
int tc_stack_guard_is_intact(void);

/* A pin that is high while the model runs, where the board has one (implemented in app/<platform>). */
void tc_marker_init(void);
void tc_marker(int running);

/* Restarts the application from reset. */
void tc_board_reset(void);

#endif
