/* NUCLEO-F446RE: USART2 on PA2 and PA3, which the ST-LINK brings to USB as a serial port. */
#include "stm32_gpio.h"
#include "stm32_usart_v1.h"
#include "stm32f4_clock.h"
#include "stm32f4_registers.h"
#include "tc_board.h"

enum { TRANSMIT_PIN = 2, RECEIVE_PIN = 3, FUNCTION_USART2 = 7 };

void tc_board_init(void)
{
    const stm32_clocks clocks = stm32f4_clock_start();

    RCC_AHB1ENR |= RCC_AHB1ENR_GPIOAEN;
    RCC_APB1ENR |= RCC_APB1ENR_USART2EN;
    stm32_usart_v1_start(clocks.apb1_hz);
    stm32_gpio_alternate(TRANSMIT_PIN, FUNCTION_USART2);
    stm32_gpio_alternate(RECEIVE_PIN, FUNCTION_USART2);
}
