/* tc_conv2d_channels_dsp.h says what it computes. */
#include "tc_conv2d_channels_dsp.h"

/* The last channel, beside one that is not there, of every block. */
TC_NOINLINE static const int32_t *last_channel(const tc_multiply_4x2 *work, const int32_t *weights, int8_t *output)
{
    int8_t pair[8];
    tc_multiply_4x2 last = *work;
    last.weights = weights;
    last.requant = work->end;
    last.end = work->end + 4;
    last.output = pair;
    last.pitch = 2;
    last.blocks = 1;
    last.copy = NULL;
    for (int32_t block = 0; block < work->blocks; ++block, output += work->output_step) {
        weights = tc_multiply_4x2_dsp(&last);
        last.patch += work->patch_step / 4;
        for (int32_t i = 0; i < 4; ++i) {
            output[i * work->pitch] = pair[2 * i];
        }
    }
    return weights;
}

const int32_t *tc_conv2d_channels_dsp(tc_multiply_4x2 *work, int32_t channels)
{
    const int32_t *weights = work->weights;
    work->end = work->requant + 4 * (channels / 2);
    if (channels > 1) {
        weights = tc_multiply_4x2_dsp(work);
    }
    return (channels & 1) != 0 ? last_channel(work, weights, work->output + channels - 1) : weights;
}
