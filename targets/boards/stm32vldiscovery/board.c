/* STM32VLDISCOVERY: USART1 on PA9 and PA10, for a USB-serial adapter: its ST-LINK has no serial port. */
#include "stm32_usart_v1.h"
#include "stm32f1_clock.h"
#include "stm32f1_registers.h"
#include "tc_board.h"

enum { OUTPUT_10_MHZ = 1, ALTERNATE_PUSH_PULL = 2, INPUT_FLOATING = 1 };

void tc_board_init(void)
{
    const stm32_clocks clocks = stm32f1_clock_start();

    RCC_APB2ENR |= RCC_APB2ENR_IOPAEN | RCC_APB2ENR_USART1EN;
    stm32_usart_v1_start(clocks.apb2_hz);
    tc_modify(&GPIOA_CRH, GPIOA_CRH_MODE9 | GPIOA_CRH_CNF9 | GPIOA_CRH_MODE10 | GPIOA_CRH_CNF10,
              TC_FIELD(GPIOA_CRH_MODE9, OUTPUT_10_MHZ) | TC_FIELD(GPIOA_CRH_CNF9, ALTERNATE_PUSH_PULL) |
                  TC_FIELD(GPIOA_CRH_CNF10, INPUT_FLOATING));
}
