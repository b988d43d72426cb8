/* NUCLEO-L4R5ZI: LPUART1 on PG7 and PG8, which the ST-LINK brings to USB as a serial port. */
#include "stm32_gpio.h"
#include "stm32_usart.h"
#include "stm32l4_clock.h"
#include "stm32l4_registers.h"
#include "tc_board.h"

enum { TRANSMIT_PIN = 7, RECEIVE_PIN = 8, FUNCTION_LPUART1 = 8 };

void tc_board_init(void)
{
    const stm32_clocks clocks = stm32l4_clock_start();

    PWR_CR2 |= PWR_CR2_IOSV; /* port G has a supply of its own */
    RCC_AHB2ENR |= RCC_AHB2ENR_GPIOGEN;
    RCC_APB1ENR2 |= RCC_APB1ENR2_LPUART1EN;
    stm32_usart_start(clocks.apb1_hz);
    stm32_gpio_alternate(TRANSMIT_PIN, FUNCTION_LPUART1);
    stm32_gpio_alternate(RECEIVE_PIN, FUNCTION_LPUART1);
}
