/*
 * Board interface over Arm's CMSDK APB UART, polled: no interrupts, no buffers.
 *
 * Source: Arm Cortex-M System Design Kit Technical Reference Manual (DDI 0479), APB UART programmer's model.
 * TC_UART_BASE is the base address; tc_board_config.h gives it, the UART's input clock and the baud rate.
 */
#include "tc_board.h"
#include "tc_board_config.h"

#ifndef TC_UART_CLOCK_HZ
#define TC_UART_CLOCK_HZ TC_BOARD_CLOCK_HZ
#endif

typedef struct {
    volatile uint32_t data;
    volatile uint32_t state;
    volatile uint32_t control;
    volatile uint32_t interrupt;
    volatile uint32_t divider;
} cmsdk_uart;

#define UART ((cmsdk_uart *)TC_UART_BASE)

enum { STATE_TX_FULL = 1, STATE_RX_FULL = 2, CONTROL_TX_ENABLE = 1, CONTROL_RX_ENABLE = 2, SMALLEST_DIVIDER = 16 };

void tc_board_init(void)
{
    const uint32_t divider = (uint32_t)(TC_UART_CLOCK_HZ) / (uint32_t)(TC_BOARD_BAUD);

    UART->control = 0;
    UART->divider = divider < SMALLEST_DIVIDER ? SMALLEST_DIVIDER : divider;
    UART->control = CONTROL_TX_ENABLE | CONTROL_RX_ENABLE;
}

int tc_board_read(void)
{
    if ((UART->state & STATE_RX_FULL) == 0) {
        return -1;
    }
    return (int)(UART->data & 0xffU);
}

void tc_board_write(const uint8_t *data, size_t length)
{
    for (size_t i = 0; i < length; ++i) {
        while ((UART->state & STATE_TX_FULL) != 0) {
        }
        UART->data = data[i];
    }
}
