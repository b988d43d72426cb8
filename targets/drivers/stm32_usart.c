#include "stm32_usart.h"

#include "tc_board.h"

#ifndef TC_UART_IS_LOW_POWER
#define TC_UART_IS_LOW_POWER 0
#endif

void stm32_usart_start(uint32_t clock_hz)
{
    const uint32_t baud = TC_BOARD_BAUD;
    const uint32_t scale = TC_UART_IS_LOW_POWER ? 256u : 1u;

    USART_CR1 = 0;
    USART_CR2 = 0;
    USART_CR3 = USART_CR3_OVRDIS; /* a byte that nobody fetched is lost, the ones after it are not */
    USART_BRR = clock_hz / baud * scale + (clock_hz % baud * scale + baud / 2u) / baud;
    USART_CR1 = USART_CR1_TE | USART_CR1_RE | USART_CR1_UE;
    (void)tc_wait(&USART_ISR, USART_ISR_TEACK | USART_ISR_REACK, USART_ISR_TEACK | USART_ISR_REACK);
}

int tc_board_read(void)
{
    if ((USART_ISR & USART_ISR_RXNE) == 0u) {
        return -1;
    }
    return (int)(USART_RDR & 0xffu);
}

void tc_board_write(const uint8_t *data, size_t length)
{
    for (size_t i = 0; i < length; ++i) {
        while ((USART_ISR & USART_ISR_TXE) == 0u) {
        }
        USART_TDR = data[i];
    }
}
