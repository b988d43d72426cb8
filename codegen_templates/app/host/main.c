/* The serial loop as a process: requests on standard input, answers on standard output. With arguments: tc_bench.h. */
#include "tc_app.h"
#include "tc_bench.h"
#include "tc_board.h"
#include "tc_host.h"

int main(int argc, char **argv)
{
    if (argc > 1) {
        return tc_bench(argc, argv);
    }
    tc_host_arguments(argv);
    tc_board_init();
    tc_cycles_init();
    tc_stack_paint();
    tc_serial_loop();
    return 0;
}
