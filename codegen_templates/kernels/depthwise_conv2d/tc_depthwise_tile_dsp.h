/* Tiles of the depthwise kernels on the DSP extension: a plane of int16 for each of four channels, two codes a word. */
#ifndef TC_DEPTHWISE_TILE_DSP_H
#define TC_DEPTHWISE_TILE_DSP_H

#include "tc_dsp.h"

/* Writes the pairs of two pixels' four codes into four planes, which lie ``plane`` words apart. */
TC_INLINE void tc_expand_pair_dsp(int32_t *tile, int32_t plane, int32_t a, int32_t b)
{
    const int32_t even_a = tc_even_codes(a), even_b = tc_even_codes(b);
    const int32_t odd_a = tc_odd_codes(a), odd_b = tc_odd_codes(b);
    tile[0] = tc_low_halves(even_a, even_b);
    tile[plane] = tc_low_halves(odd_a, odd_b);
    tile[2 * plane] = tc_high_halves(even_a, even_b);
    tile[3 * plane] = tc_high_halves(odd_a, odd_b);
}

/* Writes ``count`` pixels, ``pitch`` bytes apart, to a line of the planes from its code number ``first`` on. */
TC_INLINE void tc_expand_line_dsp(const int8_t *pixel, int32_t pitch, int32_t first, int32_t count,
                                  int32_t input_zero_point, int32_t *tile, int32_t plane)
{
    const int32_t zero_points = (int32_t)(((uint32_t)input_zero_point & 0xffU) * 0x01010101U);

    tile += first >> 1;
    if ((first & 1) != 0) {
        tc_expand_pair_dsp(tile, plane, zero_points, tc_load_codes(pixel));
        ++tile;
        pixel += pitch;
        --count;
    }
    for (; count >= 2; count -= 2, ++tile, pixel += 2 * pitch) {
        tc_expand_pair_dsp(tile, plane, tc_load_codes(pixel), tc_load_codes(pixel + pitch));
    }
    if (count > 0) {
        tc_expand_pair_dsp(tile, plane, tc_load_codes(pixel), zero_points);
    }
}

TC_INLINE void tc_fill_words_dsp(int32_t *words, int32_t count, int32_t value)
{
    for (int32_t i = 0; i < count; ++i) {
        words[i] = value;
    }
}

#endif
