/* NUCLEO-H743ZI: USART3 on PD8 and PD9, which the ST-LINK brings to USB as a serial port. */
#include "cortex_m7_cache.h"
#include "stm32_gpio.h"
#include "stm32_usart.h"
#include "stm32h7_clock.h"
#include "stm32h7_registers.h"
#include "tc_board.h"

enum { TRANSMIT_PIN = 8, RECEIVE_PIN = 9, FUNCTION_USART3 = 7 };

void tc_board_init(void)
{
    const stm32_clocks clocks = stm32h7_clock_start();

    cortex_m7_cache_start();
    RCC_AHB4ENR |= RCC_AHB4ENR_GPIODEN;
    RCC_APB1LENR |= RCC_APB1LENR_USART3EN;
    stm32_usart_start(clocks.apb1_hz);
    stm32_gpio_alternate(TRANSMIT_PIN, FUNCTION_USART3);
    stm32_gpio_alternate(RECEIVE_PIN, FUNCTION_USART3);
}
