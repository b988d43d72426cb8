/* Which extensions for 8-bit products the processor has that runs the program (Arm64 Linux and Android). */
#ifndef TC_PROCESSOR_H
#define TC_PROCESSOR_H

enum { TC_PROCESSOR_NEON, TC_PROCESSOR_DOTPROD, TC_PROCESSOR_I8MM };

/* The best of the three; asks the system once. */
int tc_processor(void);

#endif
