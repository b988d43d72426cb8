/*
 * USART of the STM32 F1 and F4, polled; tc_board_read and tc_board_write over it. TC_UART_BASE is its address.
 *
 * Source: RM0090 (F405, F407) 30.6, RM0390 (F446) 25.6, RM0041 (F100) 23.6: USART registers.
 */
#ifndef STM32_USART_V1_H
#define STM32_USART_V1_H

#include "tc_board_config.h"
#include "tc_register.h"

#define USART_SR TC_REGISTER(TC_UART_BASE + 0x00u)
#define USART_SR_RXNE (1u << 5)
#define USART_SR_TXE (1u << 7)
#define USART_DR TC_REGISTER(TC_UART_BASE + 0x04u)
#define USART_BRR TC_REGISTER(TC_UART_BASE + 0x08u)
#define USART_CR1 TC_REGISTER(TC_UART_BASE + 0x0cu)
#define USART_CR1_RE (1u << 2)
#define USART_CR1_TE (1u << 3)
#define USART_CR1_UE (1u << 13)

/* Starts the UART at TC_BOARD_BAUD, 8 data bits, no parity, 1 stop bit; `clock_hz` is its input clock. */
void stm32_usart_v1_start(uint32_t clock_hz);

#endif
