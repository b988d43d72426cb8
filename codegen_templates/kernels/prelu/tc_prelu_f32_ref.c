/* prelu, float32, portable C. */
#include "tc_float.h"
#include "tc_prelu_f32_ref.h"

void tc_prelu_f32_ref(const tc_prelu_f32_params *p, const float *input, float *output)
{
    const tc_prelu_f32_params local = *p; /* a copy that writes to output cannot change */

    for (int32_t row = 0; row < local.rows; ++row) {
        for (int32_t c = 0; c < local.channels; ++c, ++input, ++output) {
            *output = *input >= 0.0f ? *input : local.alpha[c] * *input;
        }
    }
}
