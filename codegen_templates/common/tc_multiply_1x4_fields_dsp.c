/* Correction for the offset of fields: tc_multiply_1x4_fields_dsp.h. */
#include "tc_multiply_1x4_fields_dsp.h"
#include "tc_dsp.h"

int32_t tc_row_correction_dsp(const int8_t *codes, int32_t count, int32_t offset)
{
    int32_t sum = 0;
    for (; count >= 4; count -= 4, codes += 4) {
        const int32_t four = tc_load_codes(codes);
        sum = tc_smlad(tc_even_codes(four), 0x00010001, sum);
        sum = tc_smlad(tc_odd_codes(four), 0x00010001, sum);
    }
    for (; count > 0; --count) {
        sum += *codes++;
    }
    return -256 * offset * sum;
}
