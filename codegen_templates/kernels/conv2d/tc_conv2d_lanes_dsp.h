/* What the DSP kernels of conv2d that expand several windows at once share. */
#ifndef TC_CONV2D_LANES_DSP_H
#define TC_CONV2D_LANES_DSP_H

#include "tc_dsp.h"

/* Expands ``units`` fours of codes of four lanes, ``lane_codes`` apart, to [unit][2][4 lanes] words (tc_dsp.h). */
TC_INLINE void tc_conv2d_expand_lanes_dsp(const int8_t *codes, int32_t lane_codes, int32_t units, int32_t *to)
{
    for (; units > 0; --units, codes += 4, to += 8) {
        const int8_t *third = codes + 2 * lane_codes;
        const int32_t a = tc_load_codes(codes), b = tc_load_codes(codes + lane_codes);
        const int32_t c = tc_load_codes(third), d = tc_load_codes(third + lane_codes);
        to[0] = tc_odd_codes(a);
        to[1] = tc_odd_codes(b);
        to[2] = tc_odd_codes(c);
        to[3] = tc_odd_codes(d);
        to[4] = tc_mixed_codes(a);
        to[5] = tc_mixed_codes(b);
        to[6] = tc_mixed_codes(c);
        to[7] = tc_mixed_codes(d);
    }
}

#endif
