/* add, int8, DSP extension, as one sum: tc_add_sum.h. */
#include "tc_add_s8_sum_dsp.h"
#include "tc_dsp.h"

TC_INLINE int8_t add_codes(const tc_add_sum_params *p, int32_t a, int32_t b)
{
    int32_t y;
    __asm__("ssat %0, #8, %1, asr %2"
            : "=r"(y)
            : "r"(a * p->multiplier0 + (b * p->multiplier1 + p->constant)), "i"(TC_ADD_SUM_SHIFT));
    return (int8_t)y;
}

/* Two elements: four loads side by side cost five cycles, apart from each other eight. */
TC_INLINE void add_two(const tc_add_sum_params *p, const int8_t *input0, const int8_t *input1, int8_t *output)
{
    int32_t a0, a1, b0, b1;
    __asm__ volatile("ldrsb %0, %4\n\t"
                     "ldrsb %1, %5\n\t"
                     "ldrsb %2, %6\n\t"
                     "ldrsb %3, %7"
                     : "=&r"(a0), "=&r"(a1), "=&r"(b0), "=&r"(b1)
                     : "m"(input0[0]), "m"(input0[1]), "m"(input1[0]), "m"(input1[1]));
    output[0] = add_codes(p, a0, b0);
    output[1] = add_codes(p, a1, b1);
}

void tc_add_s8_sum_dsp(const tc_add_sum_params *p, const int8_t *input0, const int8_t *input1, int8_t *output)
{
    const tc_add_sum_params own = *p; /* so that no store can change it */
    int8_t *const first = output;
    int32_t left = own.count;

    for (; left >= 8; left -= 8, input0 += 8, input1 += 8, output += 8) {
        add_two(&own, input0, input1, output);
        add_two(&own, input0 + 2, input1 + 2, output + 2);
        add_two(&own, input0 + 4, input1 + 4, output + 4);
        add_two(&own, input0 + 6, input1 + 6, output + 6);
    }
    for (; left > 0; --left) {
        *output++ = add_codes(&own, *input0++, *input1++);
    }
    if (own.clamp_min > INT8_MIN || own.clamp_max < INT8_MAX) {
        tc_clamp_codes(first, own.count, own.clamp_min, own.clamp_max);
    }
}
