/* add, int8, cores without the DSP extension, as one sum: tc_add_sum.h. */
#include "tc_add_s8_sum_thumb.h"

void tc_add_s8_sum_thumb(const tc_add_sum_params *p, const int8_t *input0, const int8_t *input1, int8_t *output)
{
    const tc_add_sum_params own = *p; /* so that no store can change it */

    for (int32_t i = 0; i < own.count; ++i) {
        const int32_t sum = (input0[i] * own.multiplier0 + input1[i] * own.multiplier1 + own.constant) >>
                            TC_ADD_SUM_SHIFT;
        output[i] = (int8_t)(sum < own.clamp_min ? own.clamp_min : (sum > own.clamp_max ? own.clamp_max : sum));
    }
}
