/*
 * avg_pool2d, int8, MVE: four channels at a time.
 *
 * m / count is floor(2 m * r / 2^32) with r = ceil(2^31 / count): r is too large by less than count / 2^31 parts, so that
 * the quotient is exact for 2 m * count < 2^32.
 */
#include "tc_avg_pool2d_s8_mve.h"
#include "tc_avg_pool2d_window.h"
#include "tc_mve.h"

/* Sums of four channels of rows x columns pixels: two statements, for one has too many operands. */
TC_INLINE void add_pixels(const int8_t *row, int32_t rows, int32_t columns, int32_t channels, int32_t pitch,
                          int32_t *sums)
{
    const int8_t *pixel;
    __asm__ volatile("vldrw.32 q0, [%[sums]]\n\t"
                     "cbz %[rows], 3f\n"
                     "1:\n\t"
                     "mov %[pixel], %[row]\n\t"
                     "dls lr, %[columns]\n"
                     "2:\n\t"
                     "vldrb.s32 q1, [%[pixel]]\n\t"
                     "add %[pixel], %[pixel], %[channels]\n\t"
                     "vadd.i32 q0, q0, q1\n\t"
                     "le lr, 2b\n\t"
                     "add %[row], %[row], %[pitch]\n\t"
                     "subs %[rows], %[rows], #1\n\t"
                     "bne 1b\n"
                     "3:\n\t"
                     "vstrw.32 q0, [%[sums]]\n\t"
                     : [row] "+r"(row), [rows] "+l"(rows), [pixel] "=&l"(pixel)
                     : [columns] "r"(columns), [channels] "r"(channels), [pitch] "r"(pitch), [sums] "r"(sums)
                     : "lr", "cc", "q0", "q1", "memory");
}

/* Their averages of ``count`` pixels, halves away from zero, clamped. */
TC_INLINE void divide(const int32_t *sums, int32_t count, int32_t low, int32_t high, int8_t *output)
{
    const uint32_t reciprocal = (0x80000000U + (uint32_t)count - 1U) / (uint32_t)count;
    __asm__ volatile("vldrw.32 q0, [%[sums]]\n\t"
                     "vabs.s32 q1, q0\n\t"
                     "vadd.i32 q1, q1, %[half]\n\t"
                     "vshl.i32 q1, q1, #1\n\t"
                     "vdup.32 q2, %[reciprocal]\n\t"
                     "vmulh.u32 q1, q1, q2\n\t"
                     "vshr.s32 q0, q0, #31\n\t" /* the sign: (q ^ s) - s */
                     "veor q1, q1, q0\n\t"
                     "vsub.i32 q1, q1, q0\n\t"
                     "vdup.32 q2, %[low]\n\t"
                     "vmax.s32 q1, q1, q2\n\t"
                     "vdup.32 q2, %[high]\n\t"
                     "vmin.s32 q1, q1, q2\n\t"
                     "vstrb.32 q1, [%[output]]\n\t"
                     :
                     : [sums] "r"(sums), [half] "r"(count / 2), [reciprocal] "r"(reciprocal), [low] "r"(low),
                       [high] "r"(high), [output] "l"(output)
                     : "q0", "q1", "q2", "memory");
}

void tc_avg_pool2d_s8_mve(const tc_avg_pool2d_params *p, const int8_t *input, int8_t *output)
{
    for (int32_t oy = 0; oy < p->output_h; ++oy) {
        const tc_pool_span rows = tc_pool_window(oy * p->stride_h - p->pad_top, p->kernel_h, p->input_h, p->counted_top,
                                                 p->counted_bottom);
        for (int32_t ox = 0; ox < p->output_w; ++ox, output += p->channels) {
            const tc_pool_span columns = tc_pool_window(ox * p->stride_w - p->pad_left, p->kernel_w, p->input_w,
                                                        p->counted_left, p->counted_right);
            int32_t wide = columns.last - columns.first, high = wide > 0 ? rows.last - rows.first : 0;
            const int32_t count = rows.counted * columns.counted, padded = (count - high * wide) * p->zero_point;
            const int8_t *first = input + ((ptrdiff_t)rows.first * p->input_w + columns.first) * p->channels;
            if (wide == p->input_w && high > 0) { /* whole rows are one */
                wide *= high;
                high = 1;
            }
            for (int32_t next = 0; next < p->channels; next += 4) {
                /* the last four channels overlap those before them when there is no multiple of four */
                const int32_t channel = next + 4 <= p->channels ? next : p->channels - 4;
                int32_t sums[4] = {padded, padded, padded, padded};
                add_pixels(first + channel, high, wide, p->channels, p->input_w * p->channels, sums);
                divide(sums, count, p->clamp_min, p->clamp_max, output + channel);
            }
        }
    }
}
