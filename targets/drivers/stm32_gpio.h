/*
 * GPIO port of the UART's pins, the same on all STM32 but the F1. TC_UART_GPIO_BASE is the port's address.
 *
 * Source: RM0090 (F4) 8.4, RM0432 (L4+) 8.4, RM0433 (H7) 11.4, RM0444 (G0) 7.5, RM0456 (U5) 13.4: GPIO registers.
 */
#ifndef STM32_GPIO_H
#define STM32_GPIO_H

#include "tc_board_config.h"
#include "tc_register.h"

#define GPIO_MODER TC_REGISTER(TC_UART_GPIO_BASE + 0x00u)
#define GPIO_OSPEEDR TC_REGISTER(TC_UART_GPIO_BASE + 0x08u)
#define GPIO_PUPDR TC_REGISTER(TC_UART_GPIO_BASE + 0x0cu)
#define GPIO_AFRL TC_REGISTER(TC_UART_GPIO_BASE + 0x20u)
#define GPIO_AFRH TC_REGISTER(TC_UART_GPIO_BASE + 0x24u)

/* Hands a pin of the port to a peripheral, with a pull-up: an open receive line then idles. */
void stm32_gpio_alternate(uint32_t pin, uint32_t function);

#endif
