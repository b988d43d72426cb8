/*
 * Asks the kernel of the operating system.
 *
 * Source: Linux, Documentation/arm64/elf_hwcaps.rst and arch/arm64/include/uapi/asm/hwcap.h.
 */
#include "tc_processor.h"

enum { AUX_HWCAP = 16, AUX_HWCAP2 = 26, HWCAP_ASIMDDP = 20, HWCAP2_I8MM = 13 };

/* Of the C library; declared here because a build for Android without an NDK has no headers of one. */
unsigned long getauxval(unsigned long type);

int tc_processor(void)
{
    static volatile int known = -1; /* threads that ask at the same time find the same */
    int level = known;
    if (level < 0) {
        const unsigned long dotprod = getauxval(AUX_HWCAP) >> HWCAP_ASIMDDP & 1u;
        const unsigned long i8mm = getauxval(AUX_HWCAP2) >> HWCAP2_I8MM & 1u;
        level = dotprod == 0u ? TC_PROCESSOR_NEON : (i8mm == 0u ? TC_PROCESSOR_DOTPROD : TC_PROCESSOR_I8MM);
        known = level;
    }
    return level;
}
