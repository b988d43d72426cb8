/* depthwise_conv2d, int8, DSP extension, any window: tc_depthwise_conv2d_s8_dsp.h. */
#include "tc_depthwise_conv2d_s8_dsp.h"
#include "tc_dsp.h"

/* Sums of four channels in the order of the pairs: 0, 2, 1, 3. */
typedef struct {
    int32_t c0, c2, c1, c3;
} sums;

TC_INLINE void multiply_tap(sums *s, int32_t codes, int32_t weights)
{
    const int32_t even = tc_even_codes(codes), odd = tc_odd_codes(codes);
    const int32_t even_weights = tc_even_codes(weights), odd_weights = tc_odd_codes(weights);
    __asm__("smlabb %0, %1, %2, %0" : "+r"(s->c0) : "r"(even), "r"(even_weights));
    __asm__("smlatt %0, %1, %2, %0" : "+r"(s->c2) : "r"(even), "r"(even_weights));
    __asm__("smlabb %0, %1, %2, %0" : "+r"(s->c1) : "r"(odd), "r"(odd_weights));
    __asm__("smlatt %0, %1, %2, %0" : "+r"(s->c3) : "r"(odd), "r"(odd_weights));
}

/* A window inside the input, from its first pixel on. */
TC_INLINE void multiply_window(const int8_t *row, int32_t row_pitch, int32_t pitch, const int32_t *weights,
                               const int32_t *end, int32_t kernel_w, sums *s)
{
    for (; weights < end; row += row_pitch) {
        const int8_t *codes = row;
        for (const int32_t *last = weights + kernel_w; weights < last; ++weights, codes += pitch) {
            multiply_tap(s, tc_load_codes(codes), *weights);
        }
    }
}

/* A window that leaves the input, where the codes are the zero point. */
TC_NOINLINE static sums multiply_cut_window(const tc_depthwise_conv2d_dsp_params *p, const int8_t *input, int32_t top,
                                            int32_t left, const int32_t *weights, sums s)
{
    const int32_t zero_points = (int32_t)(((uint32_t)p->input_zero_point & 0xffU) * 0x01010101U);
    for (int32_t ky = 0; ky < p->kernel_h; ++ky) {
        const int32_t y = top + ky * p->dilation_h;
        for (int32_t kx = 0; kx < p->kernel_w; ++kx, ++weights) {
            const int32_t x = left + kx * p->dilation_w;
            const int32_t inside = y >= 0 && y < p->input_h && x >= 0 && x < p->input_w;
            multiply_tap(&s,
                         inside ? tc_load_codes(input + ((ptrdiff_t)y * p->input_w + x) * p->channels) : zero_points,
                         *weights);
        }
    }
    return s;
}

/* All pixels of the four channels that ``input`` and ``output`` point at. */
TC_NOINLINE static void multiply_channels(const tc_depthwise_conv2d_dsp_params *p, const int8_t *input,
                                          const int32_t *weights, const int32_t *requant, int8_t *output)
{
    const int32_t rounder = 2 * p->output_zero_point + 1;
    const int32_t kernel_w = p->kernel_w, stride_w = p->stride_w, pad_left = p->pad_left, output_w = p->output_w;
    const int32_t channels = p->channels, input_w = p->input_w;
    const int32_t pitch = p->dilation_w * channels, row_pitch = p->dilation_h * input_w * channels;
    const int32_t *end = weights + p->kernel_h * kernel_w;
    const int32_t last_top = p->input_h - 1 - (p->kernel_h - 1) * p->dilation_h;
    const int32_t last_left = p->input_w - 1 - (p->kernel_w - 1) * p->dilation_w;

    for (int32_t oy = 0, top = -p->pad_top; oy < p->output_h; ++oy, top += p->stride_h) {
        for (int32_t ox = 0, left = -pad_left; ox < output_w; ++ox, left += stride_w, output += channels) {
            sums s = {requant[0] >> 8, requant[4] >> 8, requant[2] >> 8, requant[6] >> 8};
            if (top >= 0 && left >= 0 && top <= last_top && left <= last_left) {
                multiply_window(input + ((ptrdiff_t)top * input_w + left) * channels, row_pitch, pitch, weights, end,
                                kernel_w, &s);
            } else {
                s = multiply_cut_window(p, input, top, left, weights, s);
            }
            output[0] = (int8_t)tc_requantize_dsp(s.c0, requant[0], requant[1], rounder);
            output[1] = (int8_t)tc_requantize_dsp(s.c1, requant[2], requant[3], rounder);
            output[2] = (int8_t)tc_requantize_dsp(s.c2, requant[4], requant[5], rounder);
            output[3] = (int8_t)tc_requantize_dsp(s.c3, requant[6], requant[7], rounder);
        }
    }
}

void tc_depthwise_conv2d_s8_dsp(const tc_depthwise_conv2d_dsp_params *p, const int8_t *input, int8_t *output)
{
    const int32_t taps = p->kernel_h * p->kernel_w;
    const int32_t *weights = p->weights, *requant = p->requant;
    for (int32_t next = 0; next < p->channels; next += 4, weights += taps, requant += 8) {
        const int32_t channel = next + 4 <= p->channels ? next : p->channels - 4;
        multiply_channels(p, input + channel, weights, requant, output + channel);
    }
    if (p->clamp_min > -128 || p->clamp_max < 127) {
        tc_clamp_codes(output, p->output_h * p->output_w * p->channels, p->clamp_min, p->clamp_max);
    }
}
