/* conv2d, weights without their zeros, DSP extension: four pixels share each weight. */
#include "tc_conv2d_s8_csr_dsp.h"
#include "tc_stored_quads_dsp.h"

static tc_quad dot_bytes(const int32_t *codes, const int8_t *values, const uint8_t *index, int32_t entries)
{
    tc_quad sums = {{0, 0, 0, 0}};
    for (; entries > 1; entries -= 2) {
        codes += 2 * index[0];
        tc_quad_add(&sums, codes, values[0]);
        codes += 2 + 2 * index[1];
        tc_quad_add(&sums, codes, values[1]);
        codes += 2;
        index += 2;
        values += 2;
    }
    if (entries > 0) {
        tc_quad_add(&sums, codes + 2 * *index, *values);
    }
    return sums;
}

static tc_quad dot_nibbles(const int32_t *codes, const int8_t *values, const uint8_t *index, int32_t entries)
{
    tc_quad sums = {{0, 0, 0, 0}};
    for (; entries > 1; entries -= 2) {
        const int32_t pair = *index++;
        codes += 2 * (pair & 15);
        tc_quad_add(&sums, codes, *values++);
        codes += 2 + 2 * (pair >> 4);
        tc_quad_add(&sums, codes, *values++);
        codes += 2;
    }
    if (entries > 0) {
        tc_quad_add(&sums, codes + 2 * (*index & 15), *values);
    }
    return sums;
}

TC_NOINLINE static void multiply(const tc_stored_params *p, const int32_t *patch, int8_t *output, int32_t pitch)
{
    const int8_t *values = p->values;
    const uint8_t *index = p->index;
    for (int32_t o = 0; o < p->output_c; ++o) {
        const int32_t entries = p->counts[o];
        tc_quad sums;
        if (p->group == 8) {
            sums = dot_bytes(patch, values, index, entries);
            index += entries;
        } else {
            sums = dot_nibbles(patch, values, index, entries);
            index += (entries + 1) / 2;
        }
        values += entries;
        tc_stored_quads_output(p, o, &sums, output + o, pitch);
    }
}

void tc_conv2d_s8_csr_dsp(const tc_stored_params *p, const int8_t *input, int8_t *output, void *scratch)
{
    const int32_t pixels = p->output_h * p->output_w;
    /* of fewer than four pixels each is computed alone, four times */
    const int32_t step = pixels >= 4 ? 1 : 0;
    int16_t *patch = (int16_t *)scratch;

    for (int32_t pixel = 0; pixel < pixels; pixel += step != 0 ? 4 : 1) {
        /* the last four overlap those before them when the pixels are not a multiple of four */
        const int32_t first = step != 0 && pixel + 4 > pixels ? pixels - 4 : pixel;
        tc_stored_quads_expand(p, input, first, step, patch);
        multiply(p, (const int32_t *)scratch, output + (ptrdiff_t)first * p->output_c, step * p->output_c);
    }
    if (p->clamp_min > -128 || p->clamp_max < 127) {
        tc_clamp_codes(output, pixels * p->output_c, p->clamp_min, p->clamp_max);
    }
}
