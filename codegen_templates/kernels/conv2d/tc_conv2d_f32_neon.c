/* conv2d, float32, Arm64: tc_conv2d_f32_neon.h. */
#include "tc_conv2d_f32_neon.h"
#include "tc_multiply_f32_neon.h"
#include "tc_span_neon.h"

/* A group's output rows and columns of two spans. */
static void part(const tc_conv2d_f32_params *p, const float *weights, const float *bias, const tc_span_neon *rows,
                 const tc_span_neon *columns, const float *input, float *output)
{
    const int32_t codes = p->input_c / p->groups, row = p->input_w * p->input_c, taps = columns->to - columns->from;
    const int together = taps > 0 && p->groups == 1 && (p->dilation_w == 1 || taps == 1);
    const int none = taps == 0 || rows->to == rows->from;
    const int32_t y = rows->first * p->stride_h - p->pad_top + rows->from * p->dilation_h;
    const int32_t x = columns->first * p->stride_w - p->pad_left + columns->from * p->dilation_w;
    const tc_product_f32_neon product = {.weights = weights +
                                                    (ptrdiff_t)8 * codes * (rows->from * p->kernel_w + columns->from),
                                         .bias = bias,
                                         .channels = p->output_c / p->groups,
                                         .block = 8 * codes * p->kernel_h * p->kernel_w,
                                         .row_gap = (p->kernel_w - taps) * codes,
                                         .rows = none ? 1 : rows->to - rows->from,
                                         .pitch = p->dilation_h * row,
                                         .taps = none || together ? 1 : taps,
                                         .step = p->dilation_w * p->input_c,
                                         .run = none ? 0 : (together ? taps * codes : codes),
                                         .width = columns->end - columns->first,
                                         .height = rows->end - rows->first,
                                         .step_x = p->stride_w * p->input_c,
                                         .step_y = p->stride_h * row,
                                         .output_x = p->output_c,
                                         .output_y = p->output_w * p->output_c,
                                         .low = p->clamp_min,
                                         .high = p->clamp_max};

    tc_multiply_f32_neon(&product, none ? input : input + (ptrdiff_t)y * row + (ptrdiff_t)x * p->input_c,
                         output + (ptrdiff_t)rows->first * product.output_y + (ptrdiff_t)columns->first * p->output_c);
}

void tc_conv2d_f32_neon(const tc_conv2d_f32_params *p, const float *input, float *output)
{
    const tc_axis_neon vertical = {p->input_h, p->output_h, p->kernel_h, p->stride_h, p->dilation_h, p->pad_top};
    const tc_axis_neon horizontal = {p->input_w, p->output_w, p->kernel_w, p->stride_w, p->dilation_w, p->pad_left};
    const int32_t codes = p->input_c / p->groups, channels = p->output_c / p->groups;
    tc_span_neon rows, columns;

    for (int32_t y = 0; y < p->output_h; y = rows.end) {
        rows = tc_span_of(&vertical, y);
        for (int32_t x = 0; x < p->output_w; x = columns.end) {
            const float *weights = p->weights, *bias = p->bias;
            columns = tc_span_of(&horizontal, x);
            for (int32_t group = 0; group < p->groups; ++group) {
                part(p, weights, bias, &rows, &columns, input + (ptrdiff_t)group * codes,
                     output + (ptrdiff_t)group * channels);
                weights += (ptrdiff_t)((channels + 7) & ~7) * codes * p->kernel_h * p->kernel_w;
                bias += (channels + 15) & ~15;
            }
        }
    }
}
