/* resize_nearest, int8, portable C: a row that repeats the one above is copied whole. */
#include "tc_resize_nearest.h"

void tc_resize_nearest_s8_ref(const tc_resize_nearest_params *p, const int8_t *input, int8_t *output)
{
    const int32_t row_bytes = p->output_w * p->channels;

    for (int32_t y = 0; y < p->output_h; ++y, output += row_bytes) {
        if (y > 0 && p->rows[y] == p->rows[y - 1]) {
            memcpy(output, output - row_bytes, (size_t)row_bytes);
            continue;
        }
        const int8_t *row = input + p->rows[y] * p->input_w * p->channels;
        for (int32_t x = 0; x < p->output_w; ++x) {
            memcpy(output + x * p->channels, row + p->columns[x] * p->channels, (size_t)p->channels);
        }
    }
}
