/* conv2d, N of M weights kept, DSP extension: four pixels share each weight. */
#include "tc_conv2d_s8_nm_dsp.h"
#include "tc_stored_quads_dsp.h"

typedef struct {
    const int32_t *words;
    const int8_t *values;
} cursor;

/* Sums of a row; ``from`` moves to the next. With literal numbers the compiler makes a loop for them. */
TC_INLINE tc_quad dot(const int32_t *codes, cursor *from, int32_t groups, int32_t group, int32_t kept, int32_t bits)
{
    tc_quad sums = {{0, 0, 0, 0}};
    int32_t left = 0;
    uint32_t word = 0;
    for (; groups > 0; --groups, codes += 2 * (ptrdiff_t)group) {
        for (int32_t i = 0; i < kept; ++i) {
            if (left == 0) {
                word = (uint32_t)*from->words++;
                left = 32;
            }
            tc_quad_add(&sums, codes + 2 * (word >> (32 - bits)), *from->values++);
            word <<= bits;
            left -= bits;
        }
    }
    return sums;
}

TC_NOINLINE static void multiply(const tc_stored_params *p, const int32_t *patch, int8_t *output, int32_t pitch)
{
    const int32_t groups = p->count / p->group;
    cursor from = {p->weights, p->values};
    for (int32_t o = 0; o < p->output_c; ++o) {
        tc_quad sums;
        if (p->group == 4 && p->kept == 1) {
            sums = dot(patch, &from, groups, 4, 1, 2);
        } else if (p->group == 4 && p->kept == 2) {
            sums = dot(patch, &from, groups, 4, 2, 2);
        } else {
            sums = dot(patch, &from, groups, p->group, p->kept, p->group == 4 ? 2 : 4);
        }
        tc_stored_quads_output(p, o, &sums, output + o, pitch);
    }
}

void tc_conv2d_s8_nm_dsp(const tc_stored_params *p, const int8_t *input, int8_t *output, void *scratch)
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
