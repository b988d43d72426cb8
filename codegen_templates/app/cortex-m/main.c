/* Entry of the firmware, called by the startup code. */
#include "tc_app.h"
#include "tc_board.h"

int main(void)
{
    tc_board_init();
    tc_marker_init();
    tc_cycles_init();
    tc_stack_paint();
    tc_serial_loop();
    return 0;
}
