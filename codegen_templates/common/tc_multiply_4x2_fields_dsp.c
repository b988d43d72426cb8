/* Corrections for the offset of fields: tc_multiply_4x2_fields_dsp.h. */
#include "tc_multiply_4x2_fields_dsp.h"
#include "tc_dsp.h"

/* 256 (x0 + x1) = 257 x1 + (256 x0 - x1 + 127) - 127, for both halves of the words */
void tc_patch_corrections_dsp(const int32_t *patch, int32_t units, int32_t offset, int32_t *corrections)
{
    int32_t sum0 = -254 * units, sum1 = sum0, sum2 = sum0, sum3 = sum0;
    for (; units > 0; --units, patch += 8) {
        sum0 = tc_smlad(patch[4], 0x00010001, tc_smlad(patch[0], 0x01010101, sum0));
        sum1 = tc_smlad(patch[5], 0x00010001, tc_smlad(patch[1], 0x01010101, sum1));
        sum2 = tc_smlad(patch[6], 0x00010001, tc_smlad(patch[2], 0x01010101, sum2));
        sum3 = tc_smlad(patch[7], 0x00010001, tc_smlad(patch[3], 0x01010101, sum3));
    }
    corrections[0] = -offset * sum1;
    corrections[1] = -offset * sum2;
    corrections[2] = -offset * sum3;
    corrections[3] = -offset * sum0;
}
