/*
 * Board interface of the nRF51 and nRF52: clock from the crystal, for the UART's sake, and the UART, polled.
 * TC_UART_TX_PIN and TC_UART_RX_PIN are P0.n as n, P1.n as 32 + n.
 */
#include "nrf_registers.h"
#include "tc_board.h"

#if TC_BOARD_BAUD != 115200u
#error "the register value below is that of 115200 baud"
#endif

#ifdef TC_HAS_FLASH_CACHE
#define NVMC_ICACHECNF TC_REGISTER(0x4001e540u)
#define NVMC_ICACHECNF_CACHEEN (1u << 0)
#endif

enum { ENABLED = 4, BAUDRATE_115200 = 0x01d7e000, PINS_OF_A_PORT = 32 };

void tc_board_init(void)
{
    CLOCK_EVENTS_HFCLKSTARTED = 0;
    CLOCK_TASKS_HFCLKSTART = 1;
    (void)tc_wait(&CLOCK_EVENTS_HFCLKSTARTED, 1, 1); /* without it the core runs on, a few percent off */
#ifdef TC_HAS_FLASH_CACHE
    NVMC_ICACHECNF |= NVMC_ICACHECNF_CACHEEN;
#endif
    GPIO_OUTSET = UINT32_C(1) << (TC_UART_TX_PIN % PINS_OF_A_PORT); /* the line idles high until the UART drives it */
    GPIO_DIRSET = UINT32_C(1) << (TC_UART_TX_PIN % PINS_OF_A_PORT);
    UART_PSELTXD = TC_UART_TX_PIN;
    UART_PSELRXD = TC_UART_RX_PIN;
    UART_BAUDRATE = BAUDRATE_115200;
    UART_CONFIG = 0;
    UART_ENABLE = ENABLED;
    UART_EVENTS_RXDRDY = 0;
    UART_TASKS_STARTRX = 1;
    UART_TASKS_STARTTX = 1;
}

uint32_t tc_board_clock_hz(void)
{
    return TC_BOARD_CLOCK_HZ;
}

int tc_board_read(void)
{
    if (UART_EVENTS_RXDRDY == 0u) {
        return -1;
    }
    UART_EVENTS_RXDRDY = 0; /* before the byte is taken: the next one sets it again */
    return (int)(UART_RXD & 0xffu);
}

void tc_board_write(const uint8_t *data, size_t length)
{
    for (size_t i = 0; i < length; ++i) {
        UART_EVENTS_TXDRDY = 0;
        UART_TXD = data[i];
        while (UART_EVENTS_TXDRDY == 0u) {
        }
    }
}
