/* clamp, float32, Arm64. */
#include "tc_clamp_f32_neon.h"
#include "tc_float.h"
#include "tc_neon.h"

void tc_clamp_f32_neon(const tc_clamp_f32_params *p, const float *input, float *output)
{
    const float low = p->clamp_min, high = p->clamp_max;
    const float32x4_t least = vdupq_n_f32(low), most = vdupq_n_f32(high);
    int32_t left = p->count;

    for (; left >= 16; left -= 16, input += 16, output += 16) {
        float32x4_t y[4];
        for (int i = 0; i < 4; ++i) {
            y[i] = vminq_f32(vmaxq_f32(vld1q_f32(input + 4 * i), least), most);
        }
        for (int i = 0; i < 4; ++i) {
            vst1q_f32(output + 4 * i, y[i]);
        }
    }
    for (; left > 0; --left) {
        *output++ = tc_clampf(*input++, low, high);
    }
}
