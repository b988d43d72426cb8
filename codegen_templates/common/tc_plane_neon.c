#include "tc_plane_neon.h"
#include "tc_neon.h"

void tc_copy_plane_neon(const tc_plane_neon *p, const int8_t *input, int8_t *to)
{
    const int32_t before = p->left < p->width ? p->left : p->width;
    const int32_t rest = p->width - before;
    const int32_t inside = rest < p->input_w ? rest : p->input_w;
    const int32_t pitch = p->input_w * p->channels;

    for (int32_t row = 0; row < p->height; ++row) {
        const int32_t y = row - p->top;
        if (y < 0 || y >= p->input_h) {
            to = tc_fill_neon(to, p->zero_point, p->width * p->channels);
            continue;
        }
        to = tc_fill_neon(to, p->zero_point, before * p->channels);
        to = tc_copy_neon(to, input + (ptrdiff_t)y * pitch, inside * p->channels);
        to = tc_fill_neon(to, p->zero_point, (rest - inside) * p->channels);
    }
}
