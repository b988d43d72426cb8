/*
 * Convolutions on the DSP extension whose weights are taken one by one: four output pixels share each weight.
 *
 *   patch        int16 [count][4 pixels]: the codes of the four windows, side by side
 *   bias         (bias << 8) | (shift - 1), with the input's zero point folded in (tc_dsp.h)
 *   multiplier   2 * multiplier - 2^32; there is no exponent
 */
#ifndef TC_STORED_QUADS_DSP_H
#define TC_STORED_QUADS_DSP_H

#include "tc_dsp.h"
#include "tc_stored.h"

/* Sums of four pixels. */
typedef struct {
    int32_t sum[4];
} tc_quad;

/* sum + the weight in the lower half of w by the lower or the upper half of the codes. */
TC_INLINE int32_t tc_smlabb(int32_t codes, int32_t w, int32_t sum)
{
    int32_t y;
    __asm__("smlabb %0, %1, %2, %3" : "=r"(y) : "r"(codes), "r"(w), "r"(sum));
    return y;
}

TC_INLINE int32_t tc_smlatb(int32_t codes, int32_t w, int32_t sum)
{
    int32_t y;
    __asm__("smlatb %0, %1, %2, %3" : "=r"(y) : "r"(codes), "r"(w), "r"(sum));
    return y;
}

/* Adds a weight by its codes of the four pixels: two words. */
TC_INLINE void tc_quad_add(tc_quad *to, const int32_t *codes, int32_t w)
{
    const int32_t first = codes[0], second = codes[1];
    to->sum[0] = tc_smlabb(first, w, to->sum[0]);
    to->sum[1] = tc_smlatb(first, w, to->sum[1]);
    to->sum[2] = tc_smlabb(second, w, to->sum[2]);
    to->sum[3] = tc_smlatb(second, w, to->sum[3]);
}

/* Expands the windows of the pixels ``first`` .. ``first + 3`` (all of them ``first`` when ``step`` is 0) into patch. */
void tc_stored_quads_expand(const tc_stored_params *p, const int8_t *input, int32_t first, int32_t step,
                            int16_t *patch);

/* Requantises and writes a channel of four pixels, ``pitch`` apart, not clamped. */
TC_INLINE void tc_stored_quads_output(const tc_stored_params *p, int32_t channel, const tc_quad *sums, int8_t *output,
                                      int32_t pitch)
{
    const int32_t word0 = p->bias[channel], word1 = p->multiplier[channel], bias = word0 >> 8;
    const int32_t rounder = 2 * p->output_zero_point + 1;
    output[0] = (int8_t)tc_requantize_dsp(sums->sum[0] + bias, word0, word1, rounder);
    output[pitch] = (int8_t)tc_requantize_dsp(sums->sum[1] + bias, word0, word1, rounder);
    output[2 * pitch] = (int8_t)tc_requantize_dsp(sums->sum[2] + bias, word0, word1, rounder);
    output[3 * pitch] = (int8_t)tc_requantize_dsp(sums->sum[3] + bias, word0, word1, rounder);
}

#endif
