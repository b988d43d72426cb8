/* depthwise_conv2d, int16 activations, DSP extension: tc_depthwise_conv2d_s16_dsp.h. */
#include "tc_depthwise_conv2d_s16_dsp.h"
#include "tc_depthwise_conv2d_window.h"
#include "tc_multiply_2x2_s16_dsp.h"

/* sum + a.low * b.low, and of the high halves. */
TC_INLINE int32_t add_low(int32_t a, int32_t b, int32_t sum)
{
    int32_t y;
    __asm__("smlabb %0, %1, %2, %3" : "=r"(y) : "r"(a), "r"(b), "r"(sum));
    return y;
}

TC_INLINE int32_t add_high(int32_t a, int32_t b, int32_t sum)
{
    int32_t y;
    __asm__("smlatt %0, %1, %2, %3" : "=r"(y) : "r"(a), "r"(b), "r"(sum));
    return y;
}

/* The part of a window that lies inside the input: its first code and weight, and from a row of taps to the next one. */
typedef struct {
    int32_t rows, columns;
    ptrdiff_t code, weight;         /* of the first tap */
    ptrdiff_t tap_pitch, row_pitch; /* codes */
} window;

TC_INLINE void accumulate(const window *w, const int16_t *codes, const int32_t *weights, int32_t kernel_w,
                          int32_t *sums)
{
    int32_t low = sums[0], high = sums[1];

    codes += w->code;
    weights += w->weight;
    for (int32_t y = w->rows; y > 0; --y, codes += w->row_pitch, weights += kernel_w) {
        const int16_t *code = codes;
        const int32_t *weight = weights;
        for (const int32_t *end = weights + w->columns; weight != end; ++weight, code += w->tap_pitch) {
            int32_t pair;
            __builtin_memcpy(&pair, code, sizeof pair);
            low = add_low(pair, *weight, low);
            high = add_high(pair, *weight, high);
        }
    }
    sums[0] = low;
    sums[1] = high;
}

void tc_depthwise_conv2d_s16_dsp(const tc_depthwise_conv2d_s16_dsp_params *p, const int16_t *input, int16_t *output)
{
    const int32_t count = p->kernel_h * p->kernel_w;
    const ptrdiff_t row_codes = (ptrdiff_t)p->input_w * p->input_c;
    window w;
    w.tap_pitch = (ptrdiff_t)p->dilation_w * p->input_c;
    w.row_pitch = p->dilation_h * row_codes;

    for (int32_t oy = 0; oy < p->output_h; ++oy) {
        const int32_t top = oy * p->stride_h - p->pad_top;
        const tc_taps rows = tc_taps_inside(top, p->kernel_h, p->dilation_h, p->input_h);
        for (int32_t ox = 0; ox < p->output_w; ++ox, output += p->output_c) {
            const int32_t left = ox * p->stride_w - p->pad_left;
            const tc_taps columns = tc_taps_inside(left, p->kernel_w, p->dilation_w, p->input_w);
            const int32_t *weights = p->weights;
            w.rows = rows.last - rows.first;
            w.columns = columns.last - columns.first;
            w.code = (top + rows.first * p->dilation_h) * row_codes +
                     (ptrdiff_t)(left + columns.first * p->dilation_w) * p->input_c;
            w.weight = rows.first * p->kernel_w + columns.first;
            for (int32_t c = 0; c < p->output_c; c += 2, weights += count) {
                int32_t sums[2] = {p->bias[c], p->bias[c + 1]};
                accumulate(&w, input + c, weights, p->kernel_w, sums);
                output[c] = tc_output_s16_dsp(sums[0], p->multiplier[c], p->clamp_min, p->clamp_max);
                output[c + 1] = tc_output_s16_dsp(sums[1], p->multiplier[c + 1], p->clamp_min, p->clamp_max);
            }
        }
    }
}
