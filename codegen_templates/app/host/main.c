/* The serial loop as a process: requests on standard input, answers on standard output. */
#include "tc_app.h"
#include "tc_board.h"
#include "tc_host.h"

int main(int argc, char **argv)
{
    (void)argc;
    tc_host_arguments(argv);
    tc_board_init();
    tc_cycles_init();
    tc_stack_paint();
    tc_serial_loop();
    return 0;
}
