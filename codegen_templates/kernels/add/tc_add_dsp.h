/*
 * add on the DSP extension.
 *
 * The operand of the larger scale, `major`, has the multiplier 1/2: its term is a shift. The other, `minor`, and the sum
 * take one SMMLAR each. Terms are kept doubled, as that instruction wants them:
 *   2 * minor term = rescale(minor * 2^21 - minor_offset) * 2
 *   2 * sum        = major * 2^20 + major_offset + 2 * minor term
 */
#ifndef TC_ADD_DSP_H
#define TC_ADD_DSP_H

#include "tc_rescale_dsp.h"

typedef struct {
    int32_t rows, channels;
    const int8_t *operand; /* int8 [channels]: the constant operand */
    int32_t major_index;   /* input 0 or 1 */
    int32_t operand_index;
    int32_t major_offset, minor_offset;
    int32_t minor_multiplier, minor_rounder, minor_shift;
    int32_t output_multiplier, output_rounder, output_shift;
    int32_t clamp_min, clamp_max; /* int8 codes of the fused activation */
} tc_add_dsp_params;

TC_INLINE int8_t tc_add_element_dsp(const tc_add_dsp_params *p, int32_t major, int32_t minor)
{
    const int32_t twice_minor = minor * (1 << 21) - p->minor_offset;
    const int32_t term = tc_rescale_dsp(twice_minor, p->minor_multiplier, p->minor_rounder, p->minor_shift);
    const int32_t twice_sum = major * (1 << 20) + p->major_offset + term * 2;
    return tc_saturate_dsp(tc_rescale_dsp(twice_sum, p->output_multiplier, p->output_rounder, p->output_shift));
}

/* One row; output may be either operand. */
TC_INLINE void tc_add_row_dsp(const tc_add_dsp_params *p, const int8_t *major, const int8_t *minor, int8_t *output,
                              int32_t count)
{
    const tc_add_dsp_params local = *p; /* a copy that writes to output cannot change */
    int32_t i = 0;

    for (; i < count - 3; i += 4) {
        output[i] = tc_add_element_dsp(&local, major[i], minor[i]);
        output[i + 1] = tc_add_element_dsp(&local, major[i + 1], minor[i + 1]);
        output[i + 2] = tc_add_element_dsp(&local, major[i + 2], minor[i + 2]);
        output[i + 3] = tc_add_element_dsp(&local, major[i + 3], minor[i + 3]);
    }
    for (; i < count; ++i) {
        output[i] = tc_add_element_dsp(&local, major[i], minor[i]);
    }
    if (local.clamp_min > INT8_MIN || local.clamp_max < INT8_MAX) {
        tc_clamp_codes(output, count, local.clamp_min, local.clamp_max);
    }
}

#endif
