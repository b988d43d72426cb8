/* For boards whose clock is fixed, or set before reset: emulators and FPGA images. */
#include "tc_board.h"
#include "tc_board_config.h"

uint32_t tc_board_clock_hz(void)
{
    return (uint32_t)(TC_BOARD_CLOCK_HZ);
}
