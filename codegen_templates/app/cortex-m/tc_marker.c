/*
 * A pin that is high while the model runs, so that a current trace can be cut there (docs/profiling.md). The [marker] of
 * board.toml says what is written to which registers; a board without one has no pin.
 */
#include "tc_board.h"
#include "tc_board_config.h"

#ifdef TC_MARKER_SETUP

#define REGISTER(address) (*(volatile uint32_t *)(address))

/* Reads back at the end: a clock that was enabled needs a moment before the port can be written. */
static void change(uint32_t address, uint32_t mask, uint32_t bits)
{
    REGISTER(address) = (REGISTER(address) & ~mask) | bits;
    (void)REGISTER(address);
}

void tc_marker_init(void)
{
    TC_MARKER_SETUP(change);
    tc_marker(0);
}

void tc_marker(int running)
{
    if (running) {
        REGISTER(TC_MARKER_ON_ADDRESS) = TC_MARKER_ON_VALUE;
    } else {
        REGISTER(TC_MARKER_OFF_ADDRESS) = TC_MARKER_OFF_VALUE;
    }
}

#else

void tc_marker_init(void)
{
}

void tc_marker(int running)
{
    (void)running;
}

#endif
