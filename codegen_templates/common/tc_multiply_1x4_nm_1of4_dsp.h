/* Inner block of the linear kernel for one of each four weights: tc_multiply_1x4_nm_asm.h. */
#ifndef TC_MULTIPLY_1X4_NM_1OF4_DSP_H
#define TC_MULTIPLY_1X4_NM_1OF4_DSP_H

#include "tc_multiply_1x4_stored_dsp.h"

void tc_multiply_1x4_nm_1of4_dsp(tc_multiply_1x4_stored *work);

#endif
