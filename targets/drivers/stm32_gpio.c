#include "stm32_gpio.h"

enum { MODE_ALTERNATE = 2, SPEED_MEDIUM = 1, PULL_UP = 1 };

void stm32_gpio_alternate(uint32_t pin, uint32_t function)
{
    const uint32_t two = UINT32_C(3) << (2u * pin);
    const uint32_t four = UINT32_C(15) << (4u * (pin & 7u));

    tc_modify(pin < 8u ? &GPIO_AFRL : &GPIO_AFRH, four, TC_FIELD(four, function));
    tc_modify(&GPIO_OSPEEDR, two, TC_FIELD(two, SPEED_MEDIUM));
    tc_modify(&GPIO_PUPDR, two, TC_FIELD(two, PULL_UP));
    tc_modify(&GPIO_MODER, two, TC_FIELD(two, MODE_ALTERNATE));
}
