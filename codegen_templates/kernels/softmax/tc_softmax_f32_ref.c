/* softmax, float32, portable C. */
#include "tc_exp_f32.h"
#include "tc_softmax_f32_ref.h"

void tc_softmax_f32_ref(const tc_softmax_f32_params *p, const float *input, float *output)
{
    const int32_t channels = p->channels;

    for (int32_t rows = p->rows; rows > 0; --rows, input += channels, output += channels) {
        float largest = input[0], sum = 0.0f;
        for (int32_t c = 1; c < channels; ++c) {
            largest = input[c] > largest ? input[c] : largest;
        }
        for (int32_t c = 0; c < channels; ++c) {
            output[c] = tc_exp_f32(input[c] - largest);
            sum += output[c];
        }
        for (int32_t c = 0; c < channels; ++c) {
            output[c] /= sum;
        }
    }
}
