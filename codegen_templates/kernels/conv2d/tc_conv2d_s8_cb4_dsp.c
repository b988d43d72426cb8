/* conv2d, weights from a codebook of 16, DSP extension: four pixels share each weight. */
#include "tc_conv2d_s8_cb4_dsp.h"
#include "tc_stored_quads_dsp.h"

#define PRODUCT                                      \
    tc_quad_add(&sums, codes, codebook[word >> 28]); \
    codes += 2;                                      \
    word <<= 4;

static tc_quad dot(const int32_t *codes, const int32_t *words, const int8_t *codebook, int32_t count)
{
    tc_quad sums = {{0, 0, 0, 0}};
    for (; count >= 8; count -= 8) {
        uint32_t word = (uint32_t)*words++;
        PRODUCT PRODUCT PRODUCT PRODUCT PRODUCT PRODUCT PRODUCT PRODUCT
    }
    if (count > 0) {
        uint32_t word = (uint32_t)*words;
        for (; count > 0; --count) {
            PRODUCT
        }
    }
    return sums;
}

TC_NOINLINE static void multiply(const tc_stored_params *p, const int32_t *patch, int8_t *output, int32_t pitch)
{
    const int32_t *words = p->weights;
    const int8_t *codebook = p->values;
    for (int32_t o = 0; o < p->output_c; ++o, words += (p->count + 7) / 8, codebook += 16 * p->group) {
        const tc_quad sums = dot(patch, words, codebook, p->count);
        tc_stored_quads_output(p, o, &sums, output + o, pitch);
    }
}

void tc_conv2d_s8_cb4_dsp(const tc_stored_params *p, const int8_t *input, int8_t *output, void *scratch)
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
