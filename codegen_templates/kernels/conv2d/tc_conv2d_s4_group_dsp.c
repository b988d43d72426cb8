/* conv2d, 4-bit weights in groups with a unit each, DSP extension: four pixels share each weight. */
#include "tc_conv2d_s4_group_dsp.h"
#include "tc_stored_quads_dsp.h"

#define PRODUCT                                     \
    tc_quad_add(&sums, codes, (int32_t)word >> 28); \
    codes += 2;                                     \
    word <<= 4;

/* Adds the products of ``count`` codes of one group, times its unit. */
TC_INLINE void add_group(tc_quad *to, const int32_t *codes, const int32_t *words, int32_t unit, int32_t count)
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
    for (int32_t i = 0; i < 4; ++i) {
        to->sum[i] += unit * sums.sum[i];
    }
}

TC_NOINLINE static void multiply(const tc_stored_params *p, const int32_t *patch, int8_t *output, int32_t pitch)
{
    const int32_t group = p->group > 0 ? p->group : p->count;
    const int32_t *words = p->weights;
    const int8_t *units = p->values;
    for (int32_t o = 0; o < p->output_c; ++o) {
        const int32_t *codes = patch;
        tc_quad sums = {{0, 0, 0, 0}};
        for (int32_t left = p->count; left > 0; left -= group, codes += 2 * (ptrdiff_t)group) {
            const int32_t count = left < group ? left : group;
            add_group(&sums, codes, words, *units++, count);
            words += (count + 7) / 8;
        }
        tc_stored_quads_output(p, o, &sums, output + o, pitch);
    }
}

void tc_conv2d_s4_group_dsp(const tc_stored_params *p, const int8_t *input, int8_t *output, void *scratch)
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
