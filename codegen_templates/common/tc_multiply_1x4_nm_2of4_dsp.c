/* One row by four output channels, two of each four weights. */
#include "tc_multiply_1x4_nm_2of4_dsp.h"
#include "tc_multiply_1x4_nm_asm.h"

TC_DEFINE_MULTIPLY_1X4_NM(tc_multiply_1x4_nm_2of4_dsp, "24", "48")
