/* The board of a host process (POSIX): the serial line is standard input and output, cycles are nanoseconds. */
#define _POSIX_C_SOURCE 200112L
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "tc_board.h"
#include "tc_fault.h"
#include "tc_host.h"

static char **arguments;
static uint8_t buffer[4096];
static ssize_t available, consumed;

void tc_host_arguments(char **argv)
{
    arguments = argv;
}

void tc_board_init(void)
{
}

uint32_t tc_board_clock_hz(void)
{
    return 1000000000u;
}

/* Waits in the system instead of polling: there is nothing else to do. The end of the input ends the program. */
int tc_board_read(void)
{
    if (consumed == available) {
        consumed = 0;
        available = read(STDIN_FILENO, buffer, sizeof buffer);
        if (available <= 0) {
            exit(0);
        }
    }
    return buffer[consumed++];
}

void tc_board_write(const uint8_t *data, size_t length)
{
    size_t sent = 0;
    while (sent < length) {
        const ssize_t count = write(STDOUT_FILENO, data + sent, length - sent);
        if (count <= 0) {
            exit(1);
        }
        sent += (size_t)count;
    }
}

void tc_cycles_init(void)
{
}

uint32_t tc_cycles(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint32_t)((uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec);
}

uint8_t tc_cycles_kind(void)
{
    return TC_CYCLES_HOST_NS;
}

void tc_stack_paint(void)
{
}

uint32_t tc_stack_used_bytes(void)
{
    return 0;
}

const tc_fault_record *tc_fault_pending(void)
{
    return NULL;
}

void tc_fault_clear(void)
{
}

void tc_fault_check_stack(void)
{
}

void tc_fault_set_layer(uint32_t layer)
{
    (void)layer;
}

void tc_marker(int running)
{
    (void)running;
}

void tc_board_reset(void)
{
    execv(arguments[0], arguments);
    exit(1);
}
