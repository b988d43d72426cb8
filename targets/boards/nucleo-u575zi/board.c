/* NUCLEO-U575ZI-Q: USART1 on PA9 and PA10, which the ST-LINK brings to USB as a serial port. */
#include "stm32_gpio.h"
#include "stm32_usart.h"
#include "stm32u5_clock.h"
#include "stm32u5_registers.h"
#include "tc_board.h"

enum { TRANSMIT_PIN = 9, RECEIVE_PIN = 10, FUNCTION_USART1 = 7 };

void tc_board_init(void)
{
    const stm32_clocks clocks = stm32u5_clock_start();

    RCC_AHB2ENR1 |= RCC_AHB2ENR1_GPIOAEN;
    RCC_APB2ENR |= RCC_APB2ENR_USART1EN;
    stm32_usart_start(clocks.apb2_hz);
    stm32_gpio_alternate(TRANSMIT_PIN, FUNCTION_USART1);
    stm32_gpio_alternate(RECEIVE_PIN, FUNCTION_USART1);
}
