#include "stm32_usart_v1.h"

#include "tc_board.h"

void stm32_usart_v1_start(uint32_t clock_hz)
{
    const uint32_t baud = TC_BOARD_BAUD;

    USART_CR1 = 0;
    USART_BRR = (clock_hz + baud / 2u) / baud;
    USART_CR1 = USART_CR1_UE | USART_CR1_TE | USART_CR1_RE;
}

int tc_board_read(void)
{
    if ((USART_SR & USART_SR_RXNE) == 0u) {
        return -1;
    }
    return (int)(USART_DR & 0xffu); /* this read, after that of SR, clears an overrun too */
}

void tc_board_write(const uint8_t *data, size_t length)
{
    for (size_t i = 0; i < length; ++i) {
        while ((USART_SR & USART_SR_TXE) == 0u) {
        }
        USART_DR = data[i];
    }
}
