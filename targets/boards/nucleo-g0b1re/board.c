/* NUCLEO-G0B1RE: USART2 on PA2 and PA3, which the ST-LINK brings to USB as a serial port. */
#include "stm32_gpio.h"
#include "stm32_usart.h"
#include "stm32g0_clock.h"
#include "stm32g0_registers.h"
#include "tc_board.h"

enum { TRANSMIT_PIN = 2, RECEIVE_PIN = 3, FUNCTION_USART2 = 1 };

void tc_board_init(void)
{
    const stm32_clocks clocks = stm32g0_clock_start();

    RCC_IOPENR |= RCC_IOPENR_GPIOAEN;
    RCC_APBENR1 |= RCC_APBENR1_USART2EN;
    stm32_usart_start(clocks.apb1_hz);
    stm32_gpio_alternate(TRANSMIT_PIN, FUNCTION_USART2);
    stm32_gpio_alternate(RECEIVE_PIN, FUNCTION_USART2);
}
