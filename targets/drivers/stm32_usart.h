/*
 * USART and LPUART of the STM32 L4, G0, H7 and U5, polled; tc_board_read and tc_board_write over it.
 * TC_UART_BASE is its address, TC_UART_IS_LOW_POWER 1 for an LPUART, whose divider counts in 256ths.
 *
 * Source: RM0432 (L4+) 50.8 and 51.7, RM0433 (H7) 48.7, RM0444 (G0) 33.8, RM0456 (U5) 66.8: USART and LPUART registers.
 */
#ifndef STM32_USART_H
#define STM32_USART_H

#include "tc_board_config.h"
#include "tc_register.h"

#define USART_CR1 TC_REGISTER(TC_UART_BASE + 0x00u)
#define USART_CR1_UE (1u << 0)
#define USART_CR1_RE (1u << 2)
#define USART_CR1_TE (1u << 3)
#define USART_CR2 TC_REGISTER(TC_UART_BASE + 0x04u)
#define USART_CR3 TC_REGISTER(TC_UART_BASE + 0x08u)
#define USART_CR3_OVRDIS (1u << 12)
#define USART_BRR TC_REGISTER(TC_UART_BASE + 0x0cu)
#define USART_ISR TC_REGISTER(TC_UART_BASE + 0x1cu)
#define USART_ISR_RXNE (1u << 5)
#define USART_ISR_TXE (1u << 7)
#define USART_ISR_TEACK (1u << 21)
#define USART_ISR_REACK (1u << 22)
#define USART_RDR TC_REGISTER(TC_UART_BASE + 0x24u)
#define USART_TDR TC_REGISTER(TC_UART_BASE + 0x28u)

/* Starts the UART at TC_BOARD_BAUD, 8 data bits, no parity, 1 stop bit; `clock_hz` is its input clock. */
void stm32_usart_start(uint32_t clock_hz);

#endif
