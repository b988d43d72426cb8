/* Tiles of four windows by sixteen channels: tc_multiply_neon.h, tc_tile_dotprod.h. */
#include "tc_multiply_dotprod.h"
#include "tc_tile_dotprod.h"

void tc_multiply_dotprod(const tc_product_neon *p, const int8_t *input, int8_t *output)
{
    const tc_tiling_neon tiling = tc_tiling_of(p);
    tc_pixels_neon pixels = tc_pixels_of(p, input);
    const int8_t *windows[4];

    if (pixels.left == 1) {
        tc_single_dotprod(&tiling, input, output);
        return;
    }
    while (pixels.left > 0) {
        const int32_t found = tc_take_pixels(p, &pixels, 4, windows);
        tc_channels_dotprod(&tiling, windows, output, found);
        output += found * p->output_pitch;
    }
}
