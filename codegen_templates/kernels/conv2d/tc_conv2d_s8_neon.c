/* conv2d, int8, NEON: tc_conv2d_s8_neon.h. */
#include "tc_conv2d_s8_neon.h"

void tc_conv2d_s8_neon(const tc_conv2d_neon_params *p, const int8_t *input, int8_t *output, void *scratch)
{
    const tc_plane_neon plane = tc_conv2d_plane_neon(p);

    tc_copy_plane_neon(&plane, input, (int8_t *)scratch);
    tc_conv2d_neon(p, (const int8_t *)scratch, plane.width, output);
}
