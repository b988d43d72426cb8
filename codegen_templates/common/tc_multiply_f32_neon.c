/*
 * Tiles of four windows, or one, by sixteen or eight channels: tc_multiply_f32_neon.h.
 *
 * Lanes are channels: an FMLA by element multiplies one number of a window with the weights of four channels.
 */
#include "tc_multiply_f32_neon.h"
#include "tc_neon.h"

/* C99 promises strings of 4095 characters; compilers that take asm statements have no such limit. */
#pragma GCC diagnostic ignored "-Woverlength-strings"

enum { PIXELS = 4, CHANNELS = 16 };

/* What is the same for all tiles of a product. The asm statements know the offsets. */
typedef struct {
    int64_t run, taps, tap_gap; /* gaps in bytes, from the end of a run to the next one */
    int64_t rows, row_gap, weight_gap;
    int64_t block; /* bytes of the weights of eight channels */
    float low, high;
} tiling_t;

/* Tiles side by side: `count` of them, and the bytes from one output pixel to the next. */
typedef struct {
    const float *at;
    float *to;
    int64_t count, step, output_step;
} line_t;

/* clang-format off */

/* Text: number `lane` of four windows, in p to s, against eight channels, whose weights are in a and b. */
#define WINDOW(sums, more, a, b, x, lane)                \
    "fmla " sums ".4s, " a ".4s, " x ".s[" lane "]\n\t"  \
    "fmla " more ".4s, " b ".4s, " x ".s[" lane "]\n\t"
#define LOW(a, b, p, q, r, s, lane)        \
    WINDOW("v16", "v17", a, b, p, lane)    \
    WINDOW("v20", "v21", a, b, q, lane)    \
    WINDOW("v24", "v25", a, b, r, lane)    \
    WINDOW("v28", "v29", a, b, s, lane)
#define HIGH(a, b, p, q, r, s, lane)       \
    WINDOW("v18", "v19", a, b, p, lane)    \
    WINDOW("v22", "v23", a, b, q, lane)    \
    WINDOW("v26", "v27", a, b, r, lane)    \
    WINDOW("v30", "v31", a, b, s, lane)

/* Text: two numbers. */
#define TWO_LOW(p, q, r, s, first, second)      \
    LOW("v8", "v9", p, q, r, s, first)          \
    LOW("v10", "v11", p, q, r, s, second)
#define NEXT_LOW(p, q, r, s, first, second)     \
    LOW("v12", "v13", p, q, r, s, first)        \
    LOW("v14", "v15", p, q, r, s, second)
#define TWO_HIGH(p, q, r, s, first, second)     \
    HIGH("v12", "v13", p, q, r, s, first)       \
    HIGH("v14", "v15", p, q, r, s, second)

#define LOAD_LOW(from) "ld1 {v8.4s-v11.4s}, [" from "], #64\n\t"
#define LOAD_HIGH(from) "ld1 {v12.4s-v15.4s}, [" from "], #64\n\t"

/* Text: numbers of the four windows, in x0 to x3. */
#define LOAD_EIGHT                \
    "ldp q0, q1, [x0], #32\n\t"   \
    "ldp q2, q3, [x1], #32\n\t"   \
    "ldp q4, q5, [x2], #32\n\t"   \
    "ldp q6, q7, [x3], #32\n\t"
#define LOAD_FOUR                 \
    "ldr q0, [x0], #16\n\t"       \
    "ldr q2, [x1], #16\n\t"       \
    "ldr q4, [x2], #16\n\t"       \
    "ldr q6, [x3], #16\n\t"
#define LOAD_ONE                  \
    "ldr s0, [x0], #4\n\t"        \
    "ldr s2, [x1], #4\n\t"        \
    "ldr s4, [x2], #4\n\t"        \
    "ldr s6, [x3], #4\n\t"

/* Text: sixteen channels. Weights are loaded sixteen multiplications before they are needed. */
#define FOUR_BY_16(p, q, r, s, between)              \
    TWO_LOW(p, q, r, s, "0", "1") LOAD_LOW("x4")    \
    TWO_HIGH(p, q, r, s, "0", "1") LOAD_HIGH("x5") \
    TWO_LOW(p, q, r, s, "2", "3") between            \
    TWO_HIGH(p, q, r, s, "2", "3")
#define EIGHT_BY_16                                            \
    LOAD_LOW("x4") LOAD_EIGHT LOAD_HIGH("x5")               \
    FOUR_BY_16("v0", "v2", "v4", "v6", LOAD_LOW("x4"))        \
    LOAD_HIGH("x5")                                          \
    FOUR_BY_16("v1", "v3", "v5", "v7", "")
#define JUST_FOUR_BY_16                                        \
    LOAD_LOW("x4") LOAD_FOUR LOAD_HIGH("x5")                \
    FOUR_BY_16("v0", "v2", "v4", "v6", "")
#define ONE_BY_16                                              \
    "ldp q8, q9, [x4], #32\n\t"                            \
    LOAD_ONE                                                   \
    "ldp q12, q13, [x5], #32\n\t"                         \
    LOW("v8", "v9", "v0", "v2", "v4", "v6", "0")               \
    HIGH("v12", "v13", "v0", "v2", "v4", "v6", "0")

/* Text: eight channels. */
#define EIGHT_BY_8                                                    \
    LOAD_LOW("x4") LOAD_EIGHT LOAD_HIGH("x4")                       \
    TWO_LOW("v0", "v2", "v4", "v6", "0", "1") LOAD_LOW("x4")         \
    NEXT_LOW("v0", "v2", "v4", "v6", "2", "3") LOAD_HIGH("x4")       \
    TWO_LOW("v1", "v3", "v5", "v7", "0", "1")                         \
    NEXT_LOW("v1", "v3", "v5", "v7", "2", "3")
#define JUST_FOUR_BY_8                                                \
    LOAD_LOW("x4") LOAD_FOUR LOAD_HIGH("x4")                        \
    TWO_LOW("v0", "v2", "v4", "v6", "0", "1")                         \
    NEXT_LOW("v0", "v2", "v4", "v6", "2", "3")
#define ONE_BY_8                          \
    "ldp q8, q9, [x4], #32\n\t"       \
    LOAD_ONE                              \
    LOW("v8", "v9", "v0", "v2", "v4", "v6", "0")

/* Text: four windows to x0 to x3; moves them on by the bytes in x14. */
#define FOUR_WINDOWS               \
    "mov x0, %[at]\n\t"            \
    "add x1, x0, %[step]\n\t"      \
    "add x2, x1, %[step]\n\t"      \
    "add x3, x2, %[step]\n\t"      \
    "add %[at], x3, %[step]\n\t"
#define SKIP_FOUR           \
    "add x0, x0, x14\n\t"   \
    "add x1, x1, x14\n\t"   \
    "add x2, x2, x14\n\t"   \
    "add x3, x3, x14\n\t"

/*
 * Text: goes through rows, taps and runs of each tile; `eight`, `four` and `one` multiply that many numbers and move on.
 * Weights: those of the first eight channels in x4, of the others in x5.
 */
#define TILES_TEXT(start, windows, skip, eight, four, one, finish) \
    "0:\n\t"                            \
    start                               \
    windows                             \
    "ldp x15, x16, [%[tiling], #40]\n\t"\
    "mov x4, %[weights]\n\t"            \
    "add x5, x4, x16\n\t"               \
    "ldr x16, [%[tiling], #24]\n"       \
    "1:\n\t"                            \
    "ldr x13, [%[tiling], #8]\n"        \
    "2:\n\t"                            \
    "ldr x12, [%[tiling]]\n\t"          \
    "lsr x10, x12, #3\n\t"              \
    "cbz x10, 4f\n"                     \
    "3:\n\t"                            \
    eight                               \
    "subs x10, x10, #1\n\t"             \
    "b.ne 3b\n"                         \
    "4:\n\t"                            \
    "tbz x12, #2, 5f\n\t"               \
    four                                \
    "5:\n\t"                            \
    "ands x12, x12, #3\n\t"             \
    "b.eq 7f\n"                         \
    "6:\n\t"                            \
    one                                 \
    "subs x12, x12, #1\n\t"             \
    "b.ne 6b\n"                         \
    "7:\n\t"                            \
    "subs x13, x13, #1\n\t"             \
    "b.eq 8f\n\t"                       \
    "ldr x14, [%[tiling], #16]\n\t"     \
    skip                                \
    "b 2b\n"                            \
    "8:\n\t"                            \
    "subs x16, x16, #1\n\t"             \
    "b.eq 9f\n\t"                       \
    "ldr x14, [%[tiling], #32]\n\t"     \
    skip                                \
    "add x4, x4, x15\n\t"               \
    "add x5, x5, x15\n\t"               \
    "b 1b\n"                            \
    "9:\n\t"                            \
    "add x12, %[tiling], #56\n\t"       \
    "ld2r {v0.4s, v1.4s}, [x12]\n\t"    \
    finish                              \
    "subs %[count], %[count], #1\n\t"   \
    "b.ne 0b\n\t"

/* Text: limits four vectors to the numbers in v0 and v1. */
#define LIMIT(a, b, c, d)                    \
    "fmax " a ".4s, " a ".4s, v0.4s\n\t"     \
    "fmax " b ".4s, " b ".4s, v0.4s\n\t"     \
    "fmax " c ".4s, " c ".4s, v0.4s\n\t"     \
    "fmax " d ".4s, " d ".4s, v0.4s\n\t"     \
    "fmin " a ".4s, " a ".4s, v1.4s\n\t"     \
    "fmin " b ".4s, " b ".4s, v1.4s\n\t"     \
    "fmin " c ".4s, " c ".4s, v1.4s\n\t"     \
    "fmin " d ".4s, " d ".4s, v1.4s\n\t"
/* Text: writes the outputs of a window; `n` is the number of its first sum. */
#define WRITE16(a, b, c, d)                                    \
    LIMIT(a, b, c, d)                                          \
    "st1 {" a ".4s-" d ".4s}, [%[to]], %[output_step]\n\t"
#define WRITE8(a, b)                     \
    "stp " a ", " b ", [%[to]]\n\t"      \
    "add %[to], %[to], %[output_step]\n\t"

/* Runs tiles whose text is given, the weights of which are at `weights`. */
#define RUN_TILES(start, windows, skip, eight, four, one, finish)                                                      \
    __asm__ volatile(TILES_TEXT(start, windows, skip, eight, four, one, finish)                                        \
                     : [at] "+r"(line.at), [to] "+r"(line.to), [count] "+r"(line.count)                                \
                     : [step] "r"(line.step), [output_step] "r"(line.output_step), [tiling] "r"(tiling),               \
                       [weights] "r"(weights), [bias] "r"(bias)                                                        \
                     : "x0", "x1", "x2", "x3", "x4", "x5", "x10", "x12", "x13", "x14", "x15", "x16", "v0", "v1", "v2", \
                       "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11", "v12", "v13", "v14", "v15", "v16",      \
                       "v17", "v18", "v19", "v20", "v21", "v22", "v23", "v24", "v25", "v26", "v27", "v28", "v29",      \
                       "v30", "v31", "cc", "memory")

/* Tiles of four windows and sixteen channels. */
static void tiles_4x16(const tiling_t *tiling, const float *weights, const float *bias, line_t line)
{
    RUN_TILES("ldp q16, q17, [%[bias]]\n\t"
              "ldp q18, q19, [%[bias], #32]\n\t"
              "ldp q20, q21, [%[bias]]\n\t"
              "ldp q22, q23, [%[bias], #32]\n\t"
              "ldp q24, q25, [%[bias]]\n\t"
              "ldp q26, q27, [%[bias], #32]\n\t"
              "ldp q28, q29, [%[bias]]\n\t"
              "ldp q30, q31, [%[bias], #32]\n\t",
              FOUR_WINDOWS, SKIP_FOUR, EIGHT_BY_16, JUST_FOUR_BY_16, ONE_BY_16,
              WRITE16("v16", "v17", "v18", "v19")
              WRITE16("v20", "v21", "v22", "v23")
              WRITE16("v24", "v25", "v26", "v27")
              WRITE16("v28", "v29", "v30", "v31"));
}

/* Tiles of four windows and eight channels. */
static void tiles_4x8(const tiling_t *tiling, const float *weights, const float *bias, line_t line)
{
    RUN_TILES("ldp q16, q17, [%[bias]]\n\t"
              "ldp q20, q21, [%[bias]]\n\t"
              "ldp q24, q25, [%[bias]]\n\t"
              "ldp q28, q29, [%[bias]]\n\t",
              FOUR_WINDOWS, SKIP_FOUR, EIGHT_BY_8, JUST_FOUR_BY_8, ONE_BY_8,
              LIMIT("v16", "v17", "v20", "v21")
              LIMIT("v24", "v25", "v28", "v29")
              WRITE8("q16", "q17")
              WRITE8("q20", "q21")
              WRITE8("q24", "q25")
              WRITE8("q28", "q29"));
}

/* Text: numbers of one window against sixteen channels. */
#define TWO_OF_WINDOW(x, first, second)                                              \
    LOAD_LOW("x4") LOAD_HIGH("x5")                                                   \
    WINDOW("v16", "v17", "v8", "v9", x, first)                                       \
    WINDOW("v18", "v19", "v12", "v13", x, first)                                     \
    WINDOW("v16", "v17", "v10", "v11", x, second)                                    \
    WINDOW("v18", "v19", "v14", "v15", x, second)
#define FOUR_OF_WINDOW(x) TWO_OF_WINDOW(x, "0", "1") TWO_OF_WINDOW(x, "2", "3")
#define ONE_OF_WINDOW                                                                \
    "ldp q8, q9, [x4], #32\n\t"                                                      \
    "ldp q12, q13, [x5], #32\n\t"                                                    \
    "ldr s0, [x0], #4\n\t"                                                           \
    WINDOW("v16", "v17", "v8", "v9", "v0", "0")                                      \
    WINDOW("v18", "v19", "v12", "v13", "v0", "0")

/* Tiles of one window and sixteen channels. */
static void tiles_1x16(const tiling_t *tiling, const float *weights, const float *bias, line_t line)
{
    RUN_TILES("ldp q16, q17, [%[bias]]\n\t"
              "ldp q18, q19, [%[bias], #32]\n\t",
              "mov x0, %[at]\n\t"
              "add %[at], %[at], %[step]\n\t",
              "add x0, x0, x14\n\t",
              "ldp q0, q1, [x0], #32\n\t"
              FOUR_OF_WINDOW("v0") FOUR_OF_WINDOW("v1"),
              "ldr q0, [x0], #16\n\t"
              FOUR_OF_WINDOW("v0"),
              ONE_OF_WINDOW,
              WRITE16("v16", "v17", "v18", "v19"));
}

/* clang-format on */

/* Runs a line of tiles of `pixels` windows each, by `channels` channels: sixteen at most. */
static void run_line(const tiling_t *tiling, const float *weights, const float *bias, const line_t *line,
                     int32_t pixels, int32_t channels)
{
    const int32_t computed = channels > 8 || pixels == 1 ? CHANNELS : 8;

    if (channels == computed) {
        (pixels == 1 ? tiles_1x16 : (channels > 8 ? tiles_4x16 : tiles_4x8))(tiling, weights, bias, *line);
        return;
    }
    const float *at = line->at;
    float *to = line->to;
    for (int64_t i = 0; i < line->count; ++i) {
        float spare[PIXELS * CHANNELS];
        const line_t one = {at, spare, 1, line->step, (int64_t)sizeof(float) * computed};
        (pixels == 1 ? tiles_1x16 : (channels > 8 ? tiles_4x16 : tiles_4x8))(tiling, weights, bias, one);
        for (int32_t pixel = 0; pixel < pixels; ++pixel) {
            for (int32_t c = 0; c < channels; ++c) {
                to[c] = spare[pixel * computed + c];
            }
            at += line->step / (int64_t)sizeof(float);
            to += line->output_step / (int64_t)sizeof(float);
        }
    }
}

/* `count` pixels that lie evenly apart: tiles of four, then of one. */
static void run_pixels(const tiling_t *tiling, const float *weights, const float *bias, int32_t channels, int32_t count,
                       const float *at, float *to, ptrdiff_t step, ptrdiff_t output_step)
{
    const int64_t number = (int64_t)sizeof(float);
    const line_t fours = {at, to, count / PIXELS, number * step, number * output_step};
    const int32_t done = count - count % PIXELS;
    const line_t ones = {at + done * step, to + done * output_step, count - done, number * step, number * output_step};

    if (fours.count > 0) {
        run_line(tiling, weights, bias, &fours, PIXELS, channels);
    }
    if (ones.count > 0) {
        run_line(tiling, weights, bias, &ones, 1, channels);
    }
}

/* All pixels: fours side by side, and one above the other in the columns that are left. */
static void run_plane(const tc_product_f32_neon *p, const tiling_t *tiling, const float *weights, const float *bias,
                      int32_t channels, const float *input, float *output)
{
    const int one_row = p->height == 1 || (p->step_y == p->width * p->step_x && p->output_y == p->width * p->output_x);
    const int32_t whole = p->height < PIXELS ? p->width : p->width - p->width % PIXELS;

    if (one_row) {
        run_pixels(tiling, weights, bias, channels, p->width * p->height, input, output, p->step_x, p->output_x);
        return;
    }
    for (int32_t y = 0; y < p->height; ++y) {
        run_pixels(tiling, weights, bias, channels, whole, input + (ptrdiff_t)y * p->step_y,
                   output + (ptrdiff_t)y * p->output_y, p->step_x, p->output_x);
    }
    for (int32_t x = whole; x < p->width; ++x) {
        run_pixels(tiling, weights, bias, channels, p->height, input + (ptrdiff_t)x * p->step_x,
                   output + (ptrdiff_t)x * p->output_x, p->step_y, p->output_y);
    }
}

void tc_multiply_f32_neon(const tc_product_f32_neon *p, const float *input, float *output)
{
    const int64_t number = (int64_t)sizeof(float);
    tiling_t tiling = {.run = p->run,
                       .taps = p->taps,
                       .tap_gap = number * (p->step - p->run),
                       .rows = p->rows,
                       .row_gap = number * (p->pitch - (p->taps - 1) * p->step - p->run),
                       .weight_gap = 8 * number * p->row_gap,
                       .low = p->low,
                       .high = p->high};
    const float *weights = p->weights;

    for (int32_t c = 0; c < p->channels; c += CHANNELS, weights += 2 * (ptrdiff_t)p->block) {
        const int32_t left = p->channels - c;
        tiling.block = left > 8 ? number * p->block : 0; /* of eight channels, the weights stand for the others too */
        run_plane(p, &tiling, weights, p->bias + c, left < CHANNELS ? left : CHANNELS, input, output + c);
    }
}
