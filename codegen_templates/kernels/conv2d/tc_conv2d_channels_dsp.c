/* tc_conv2d_channels_dsp.h says what it computes. */
#include "tc_conv2d_channels_dsp.h"

const int32_t *tc_conv2d_channels_dsp(tc_multiply_4x2 *work, int32_t channels)
{
    const int32_t *weights = work->weights;
    work->end = work->requant + 4 * (channels / 2);
    if (channels > 1) {
        weights = tc_multiply_4x2_dsp(work);
    }
    if ((channels & 1) != 0) {
        int8_t pair[8]; /* of the last channel and one that is not there */
        tc_multiply_4x2 last = *work;
        last.weights = weights;
        last.requant = work->end;
        last.end += 4;
        last.output = pair;
        last.pitch = 2;
        weights = tc_multiply_4x2_dsp(&last);
        for (int32_t i = 0; i < 4; ++i) {
            work->output[channels - 1 + i * work->pitch] = pair[2 * i];
        }
    }
    return weights;
}
