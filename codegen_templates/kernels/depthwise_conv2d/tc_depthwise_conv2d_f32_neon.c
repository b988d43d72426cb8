/* depthwise_conv2d, float32, Arm64: tc_depthwise_conv2d_f32_neon.h. */
#include "tc_depthwise_conv2d_f32_neon.h"
#include "tc_float.h"
#include "tc_neon.h"
#include "tc_span_neon.h"

/* C99 promises strings of 4095 characters; compilers that take asm statements have no such limit. */
#pragma GCC diagnostic ignored "-Woverlength-strings"

/* Windows of a tile, channels of a vector, and of four. */
enum { PIXELS = 4, LANES = 4, WIDE = 16 };

/* Windows of a part of the layer, and how they are read; in bytes. The asm statements know the offsets. */
typedef struct {
    int64_t rows, taps;       /* of a window, one at least */
    int64_t tap_gap, row_gap; /* from a tap of the last window to the next tap of the first one, and to its next row */
    int64_t weight_step, weight_gap;
    float low, high;
} part_t;

/* A rectangle of output pixels; steps in numbers. */
typedef struct {
    const float *at, *weights, *bias;
    float *to;
    int32_t width, height, channels;
    ptrdiff_t step_x, step_y, output_x, output_y;
} pixels_t;

/* clang-format off */

/*
 * Text: `count` times some windows, `step` bytes apart; `tap` multiplies one tap of each and moves on by as many windows.
 * Those of the next time start four windows further on.
 */
#define WINDOWS_TEXT(start, tap, finish) \
    "add x12, %[part], #48\n\t"          \
    "ld2r {v8.4s, v9.4s}, [x12]\n\t"     \
    "ldp x14, x15, [%[part], #16]\n\t"   \
    "ldp x10, x16, [%[part], #32]\n"     \
    "0:\n\t"                             \
    start                                \
    "mov x0, %[at]\n\t"                  \
    "mov x1, %[weights]\n\t"             \
    "add %[at], %[at], %[step], lsl #2\n\t" \
    "ldr x12, [%[part]]\n"               \
    "1:\n\t"                             \
    "ldr x13, [%[part], #8]\n"           \
    "2:\n\t"                             \
    tap                                  \
    "subs x13, x13, #1\n\t"              \
    "add x0, x0, x14\n\t"                \
    "b.ne 2b\n\t"                        \
    "subs x12, x12, #1\n\t"              \
    "add x0, x0, x15\n\t"                \
    "add x1, x1, x16\n\t"                \
    "b.ne 1b\n\t"                        \
    finish                               \
    "subs %[count], %[count], #1\n\t"    \
    "b.ne 0b\n\t"
#define LIMIT(sum)                           \
    "fmax " sum ".4s, " sum ".4s, v8.4s\n\t" \
    "fmin " sum ".4s, " sum ".4s, v9.4s\n\t"
#define WRITE(a, b, c, d)                    \
    LIMIT(a) LIMIT(b) LIMIT(c) LIMIT(d)      \
    "st1 {" a ".4s-" d ".4s}, [%[to]], %[output_step]\n\t"
#define SIXTEEN(a, b, c, d, p, q, r, s)                 \
    "ld1 {" p ".4s-" s ".4s}, [x0], %[step]\n\t"         \
    "fmla " a ".4s, v0.4s, " p ".4s\n\t"                \
    "fmla " b ".4s, v1.4s, " q ".4s\n\t"                \
    "fmla " c ".4s, v2.4s, " r ".4s\n\t"                \
    "fmla " d ".4s, v3.4s, " s ".4s\n\t"
#define FOUR(a, p)                                      \
    "ld1 {" p ".4s}, [x0], %[step]\n\t"                  \
    "fmla " a ".4s, v0.4s, " p ".4s\n\t"
#define RUN(start, tap, finish)                                                                                       \
    __asm__ volatile(WINDOWS_TEXT(start, tap, finish)                                                                \
                     : [at] "+r"(at), [to] "+r"(to), [count] "+r"(count)                                             \
                     : [part] "r"(part), [weights] "r"(weights), [bias] "r"(bias), [step] "r"(step),                 \
                       [output_step] "r"(output_step)                                                                \
                     : "x0", "x1", "x10", "x12", "x13", "x14", "x15", "x16", "v0", "v1", "v2", "v3", "v4", "v5",     \
                       "v6", "v7", "v8", "v9", "v10", "v11", "v12", "v13", "v16", "v17", "v18", "v19", "v20", "v21", \
                       "v22", "v23", "v24", "v25", "v26", "v27", "v28", "v29", "v30", "v31", "cc", "memory")

/* `count` times four windows, `step` bytes apart, or once a single one, whose taps are; of some channels. */
typedef void windows_t(const part_t *part, const float *weights, const float *bias, const float *at, float *to,
                       int64_t step, int64_t output_step, int64_t count);

/* Four windows, sixteen channels. */
static void windows_4x16(const part_t *part, const float *weights, const float *bias, const float *at, float *to,
                         int64_t step, int64_t output_step, int64_t count)
{
    RUN("ldp q16, q17, [%[bias]]\n\t"
        "ldp q18, q19, [%[bias], #32]\n\t"
        "ldp q20, q21, [%[bias]]\n\t"
        "ldp q22, q23, [%[bias], #32]\n\t"
        "ldp q24, q25, [%[bias]]\n\t"
        "ldp q26, q27, [%[bias], #32]\n\t"
        "ldp q28, q29, [%[bias]]\n\t"
        "ldp q30, q31, [%[bias], #32]\n\t",
        "ld1 {v0.4s-v3.4s}, [x1], x10\n\t"
        SIXTEEN("v16", "v17", "v18", "v19", "v4", "v5", "v6", "v7")
        SIXTEEN("v20", "v21", "v22", "v23", "v10", "v11", "v12", "v13")
        SIXTEEN("v24", "v25", "v26", "v27", "v4", "v5", "v6", "v7")
        SIXTEEN("v28", "v29", "v30", "v31", "v10", "v11", "v12", "v13"),
        WRITE("v16", "v17", "v18", "v19")
        WRITE("v20", "v21", "v22", "v23")
        WRITE("v24", "v25", "v26", "v27")
        WRITE("v28", "v29", "v30", "v31"));
}

/* Four windows, four channels. */
static void windows_4x4(const part_t *part, const float *weights, const float *bias, const float *at, float *to,
                        int64_t step, int64_t output_step, int64_t count)
{
    RUN("ldr q16, [%[bias]]\n\t"
        "ldr q17, [%[bias]]\n\t"
        "ldr q18, [%[bias]]\n\t"
        "ldr q19, [%[bias]]\n\t",
        "ld1 {v0.4s}, [x1], x10\n\t"
        FOUR("v16", "v4") FOUR("v17", "v5") FOUR("v18", "v6") FOUR("v19", "v7"),
        LIMIT("v16") LIMIT("v17") LIMIT("v18") LIMIT("v19")
        "st1 {v16.4s}, [%[to]], %[output_step]\n\t"
        "st1 {v17.4s}, [%[to]], %[output_step]\n\t"
        "st1 {v18.4s}, [%[to]], %[output_step]\n\t"
        "st1 {v19.4s}, [%[to]], %[output_step]\n\t");
}

/* One window, sixteen channels. */
static void windows_1x16(const part_t *part, const float *weights, const float *bias, const float *at, float *to,
                         int64_t step, int64_t output_step, int64_t count)
{
    RUN("ldp q16, q17, [%[bias]]\n\t"
        "ldp q18, q19, [%[bias], #32]\n\t",
        "ld1 {v0.4s-v3.4s}, [x1], x10\n\t"
        SIXTEEN("v16", "v17", "v18", "v19", "v4", "v5", "v6", "v7"),
        WRITE("v16", "v17", "v18", "v19"));
}

/* One window, four channels. */
static void windows_1x4(const part_t *part, const float *weights, const float *bias, const float *at, float *to,
                        int64_t step, int64_t output_step, int64_t count)
{
    RUN("ldr q16, [%[bias]]\n\t",
        "ld1 {v0.4s}, [x1], x10\n\t"
        FOUR("v16", "v4"),
        LIMIT("v16")
        "st1 {v16.4s}, [%[to]], %[output_step]\n\t");
}

/* Text: a tap of two by two windows. */
#define TAP(w, p, q, r, s)                       \
    "fmla v28.4s, " w ".4s, " p ".4s\n\t"        \
    "fmla v29.4s, " w ".4s, " q ".4s\n\t"        \
    "fmla v30.4s, " w ".4s, " r ".4s\n\t"        \
    "fmla v31.4s, " w ".4s, " s ".4s\n\t"
#define COLUMN(a, b, c, d)                       \
    "ld1 {" a ".4s}, [x0], %[step]\n\t"          \
    "ld1 {" b ".4s}, [x1], %[step]\n\t"          \
    "ld1 {" c ".4s}, [x2], %[step]\n\t"          \
    "ld1 {" d ".4s}, [x3], %[step]\n\t"
/* Text: two by two windows, in four columns of four. */
#define FOUR_WINDOWS(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p) \
    COLUMN(i, j, k, l)                           \
    COLUMN(m, n, o, p)                           \
    "mov v28.16b, v25.16b\n\t"                   \
    "mov v29.16b, v25.16b\n\t"                   \
    "mov v30.16b, v25.16b\n\t"                   \
    "mov v31.16b, v25.16b\n\t"                   \
    TAP("v16", a, b, e, f)                       \
    TAP("v17", e, f, i, j)                       \
    TAP("v18", i, j, m, n)                       \
    TAP("v19", b, c, f, g)                       \
    TAP("v20", f, g, j, k)                       \
    TAP("v21", j, k, n, o)                       \
    TAP("v22", c, d, g, h)                       \
    TAP("v23", g, h, k, l)                       \
    TAP("v24", k, l, o, p)                       \
    LIMIT_2("v28") LIMIT_2("v29") LIMIT_2("v30") LIMIT_2("v31") \
    "subs %[pairs], %[pairs], #1\n\t"            \
    "st1 {v28.4s}, [%[to]], %[step]\n\t"         \
    "st1 {v29.4s}, [%[below]], %[step]\n\t"      \
    "st1 {v30.4s}, [%[to]], %[step]\n\t"         \
    "st1 {v31.4s}, [%[below]], %[step]\n\t"
#define LIMIT_2(sum)                          \
    "fmax " sum ".4s, " sum ".4s, v26.4s\n\t" \
    "fmin " sum ".4s, " sum ".4s, v27.4s\n\t"

/* Two rows of 3x3 windows one pixel, `step` bytes, apart, and four channels: `pairs` in each row. */
static void two_rows_3x3(const part_t *part, const float *weights, const float *bias, const float *at, int64_t pitch,
                         float *to, float *below, int64_t step, int64_t pairs)
{
    __asm__ volatile("ldr x10, [%[part], #32]\n\t"
                     "ld1 {v16.4s}, [%[weights]], x10\n\t"
                     "ld1 {v17.4s}, [%[weights]], x10\n\t"
                     "ld1 {v18.4s}, [%[weights]], x10\n\t"
                     "ld1 {v19.4s}, [%[weights]], x10\n\t"
                     "ld1 {v20.4s}, [%[weights]], x10\n\t"
                     "ld1 {v21.4s}, [%[weights]], x10\n\t"
                     "ld1 {v22.4s}, [%[weights]], x10\n\t"
                     "ld1 {v23.4s}, [%[weights]], x10\n\t"
                     "ld1 {v24.4s}, [%[weights]]\n\t"
                     "ldr q25, [%[bias]]\n\t"
                     "add x10, %[part], #48\n\t"
                     "ld2r {v26.4s, v27.4s}, [x10]\n\t"
                     "mov x0, %[at]\n\t"
                     "add x1, x0, %[pitch]\n\t"
                     "add x2, x1, %[pitch]\n\t"
                     "add x3, x2, %[pitch]\n\t"
                     COLUMN("v0", "v1", "v2", "v3")
                     COLUMN("v4", "v5", "v6", "v7")
                     "1:\n\t"
                     FOUR_WINDOWS("v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11", "v12",
                                  "v13", "v14", "v15")
                     "b.eq 2f\n\t"
                     FOUR_WINDOWS("v8", "v9", "v10", "v11", "v12", "v13", "v14", "v15", "v0", "v1", "v2", "v3", "v4",
                                  "v5", "v6", "v7")
                     "b.ne 1b\n"
                     "2:\n\t"
                     : [weights] "+r"(weights), [to] "+r"(to), [below] "+r"(below), [pairs] "+r"(pairs)
                     : [part] "r"(part), [bias] "r"(bias), [at] "r"(at), [pitch] "r"(pitch), [step] "r"(step)
                     : "x0", "x1", "x2", "x3", "x10", "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9",
                       "v10", "v11", "v12", "v13", "v14", "v15", "v16", "v17", "v18", "v19", "v20", "v21", "v22",
                       "v23", "v24", "v25", "v26", "v27", "v28", "v29", "v30", "v31", "cc", "memory");
}

/* clang-format on */

/* Windows `step` numbers apart, all channels; the last four channels may be some of those before them again. */
static void windows(const part_t *part, const pixels_t *pixels, windows_t *wide, windows_t *narrow, const float *at,
                    float *to, ptrdiff_t step, ptrdiff_t output_step, int32_t count)
{
    const int64_t bytes = (int64_t)sizeof(float) * step, output_bytes = (int64_t)sizeof(float) * output_step;
    int32_t c = 0;

    for (; pixels->channels - c >= WIDE; c += WIDE) {
        wide(part, pixels->weights + c, pixels->bias + c, at + c, to + c, bytes, output_bytes, count);
    }
    for (; c < pixels->channels; c += LANES) {
        const int32_t from = c + LANES <= pixels->channels ? c : pixels->channels - LANES;
        narrow(part, pixels->weights + from, pixels->bias + from, at + from, to + from, bytes, output_bytes, count);
    }
}

/* `count` pixels that lie evenly apart, four at a time, the last four perhaps some of those before them again; or singly. */
static void line(const part_t *part, const pixels_t *pixels, const float *at, float *to, ptrdiff_t step,
                 ptrdiff_t output_step, int32_t count)
{
    const ptrdiff_t tap = part->tap_gap / (ptrdiff_t)sizeof(float);
    part_t fours = *part;

    if (count < PIXELS) {
        part_t ones = *part;
        ones.tap_gap = 0;
        for (int32_t i = 0; i < count; ++i) {
            windows(&ones, pixels, windows_1x16, windows_1x4, at + i * step, to + i * output_step, tap, output_step, 1);
        }
        return;
    }
    fours.tap_gap -= PIXELS * (int64_t)sizeof(float) * step;
    windows(&fours, pixels, windows_4x16, windows_4x4, at, to, step, output_step, count / PIXELS);
    if (count % PIXELS != 0) {
        windows(&fours, pixels, windows_4x16, windows_4x4, at + (count - PIXELS) * step,
                to + (count - PIXELS) * output_step, step, output_step, 1);
    }
}

/* All pixels, along the longer side where the other one has fewer than four. */
static void any_windows(const part_t *part, const pixels_t *pixels)
{
    if (pixels->width < PIXELS && pixels->height >= PIXELS) {
        for (int32_t x = 0; x < pixels->width; ++x) {
            line(part, pixels, pixels->at + x * pixels->step_x, pixels->to + x * pixels->output_x, pixels->step_y,
                 pixels->output_y, pixels->height);
        }
        return;
    }
    for (int32_t y = 0; y < pixels->height; ++y) {
        line(part, pixels, pixels->at + y * pixels->step_y, pixels->to + y * pixels->output_y, pixels->step_x,
             pixels->output_x, pixels->width);
    }
}

/* All pixels of 3x3 windows one pixel apart, two by two at least. */
static void windows_3x3(const part_t *part, const pixels_t *pixels)
{
    const ptrdiff_t number = (ptrdiff_t)sizeof(float), pitch = number * pixels->step_y, step = number * pixels->step_x;

    for (int32_t c = 0; c < pixels->channels; c += LANES) {
        const int32_t from = c + LANES <= pixels->channels ? c : pixels->channels - LANES;
        const float *const weights = pixels->weights + from, *const bias = pixels->bias + from;
        for (int32_t i = 0; i < pixels->height; i += 2) {
            const int32_t y = i + 2 <= pixels->height ? i : i - 1;
            const float *at = pixels->at + y * pixels->step_y + from;
            float *to = pixels->to + y * pixels->output_y + from;
            two_rows_3x3(part, weights, bias, at, pitch, to, to + pixels->output_y, step, pixels->width / 2);
            if (pixels->width % 2 != 0) { /* the last two again */
                at += (pixels->width - 2) * pixels->step_x;
                to += (pixels->width - 2) * pixels->output_x;
                two_rows_3x3(part, weights, bias, at, pitch, to, to + pixels->output_y, step, 1);
            }
        }
    }
}

/* Pixels whose windows lie in the padding. */
static void only_bias(const tc_depthwise_conv2d_f32_params *p, const pixels_t *pixels)
{
    for (int32_t y = 0; y < pixels->height; ++y) {
        for (int32_t x = 0; x < pixels->width; ++x) {
            float *const to = pixels->to + y * pixels->output_y + x * pixels->output_x;
            for (int32_t c = 0; c < pixels->channels; ++c) {
                to[c] = tc_clampf(p->bias[c], p->clamp_min, p->clamp_max);
            }
        }
    }
}

/* The output rows and columns of two spans. */
static void spans(const tc_depthwise_conv2d_f32_params *p, const tc_span_neon *rows, const tc_span_neon *columns,
                  const float *input, float *output)
{
    const int32_t channels = p->input_c, row = p->input_w * channels, number = (int32_t)sizeof(float);
    const int32_t taps = columns->to - columns->from, none = taps == 0 || rows->to == rows->from;
    const int32_t y = none ? 0 : rows->first * p->stride_h - p->pad_top + rows->from * p->dilation_h;
    const int32_t x = none ? 0 : columns->first * p->stride_w - p->pad_left + columns->from * p->dilation_w;
    const part_t part = {.rows = rows->to - rows->from,
                         .taps = taps,
                         .tap_gap = number * p->dilation_w * channels,
                         .row_gap = number * (p->dilation_h * row - taps * p->dilation_w * channels),
                         .weight_step = number * channels,
                         .weight_gap = number * channels * (p->kernel_w - taps),
                         .low = p->clamp_min,
                         .high = p->clamp_max};
    const pixels_t pixels = {.at = input + (ptrdiff_t)y * row + (ptrdiff_t)x * channels,
                             .weights = p->weights + (rows->from * p->kernel_w + columns->from) * channels,
                             .bias = p->bias,
                             .to = output + ((ptrdiff_t)rows->first * p->output_w + columns->first) * channels,
                             .width = columns->end - columns->first,
                             .height = rows->end - rows->first,
                             .channels = channels,
                             .step_x = p->stride_w * channels,
                             .step_y = p->stride_h * row,
                             .output_x = channels,
                             .output_y = p->output_w * channels};
    const int nine = part.rows == 3 && taps == 3 && p->stride_h == 1 && p->stride_w == 1 && p->dilation_h == 1 &&
                     p->dilation_w == 1 && pixels.height >= 2;

    if (none) {
        only_bias(p, &pixels);
    } else if (nine &&
               pixels.width >= (channels < WIDE ? 2 : 8)) { /* few windows are faster sixteen channels at a time */
        windows_3x3(&part, &pixels);
    } else {
        any_windows(&part, &pixels);
    }
}

void tc_depthwise_conv2d_f32_neon(const tc_depthwise_conv2d_f32_params *p, const float *input, float *output)
{
    const tc_axis_neon vertical = {p->input_h, p->output_h, p->kernel_h, p->stride_h, p->dilation_h, p->pad_top};
    const tc_axis_neon horizontal = {p->input_w, p->output_w, p->kernel_w, p->stride_w, p->dilation_w, p->pad_left};
    tc_span_neon rows, columns;

    for (int32_t y = 0; y < p->output_h; y = rows.end) {
        rows = tc_span_of(&vertical, y);
        for (int32_t x = 0; x < p->output_w; x = columns.end) {
            columns = tc_span_of(&horizontal, x);
            spans(p, &rows, &columns, input, output);
        }
    }
}
