/* clamp, float32, portable C. */
#include "tc_clamp_f32_ref.h"
#include "tc_float.h"

void tc_clamp_f32_ref(const tc_clamp_f32_params *p, const float *input, float *output)
{
    const tc_clamp_f32_params local = *p; /* a copy that writes to output cannot change */

    for (int32_t i = 0; i < local.count; ++i) {
        output[i] = tc_clampf(input[i], local.clamp_min, local.clamp_max);
    }
}
