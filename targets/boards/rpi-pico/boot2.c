/*
 * Second stage of the RP2040's boot: the words of boot2.S, and the CRC that the boot ROM checks.
 *
 * Source: RP2040 Datasheet 2.8.1.3.1 (checksum: CRC-32, polynomial 0x04c11db7, not reflected, over 252 bytes).
 */
#include <stdint.h>

typedef struct {
    uint32_t code[63];
    uint32_t crc;
} boot2;

extern const boot2 tc_boot2;
__attribute__((section(".boot2"), used)) const boot2 tc_boot2 = {
    .code =
        {
            0x21004b0a,
            0x21046099,
            0x49096159,
            0x4a096019,
            0x60114909,
            0x60592100,
            0x60992101,
            0x49084807,
            0xc8036008,
            0x8808f380,
            0x00004708,
            0x18000000,
            0x001f0300,
            0x180000f4,
            0x03000218,
            0x10000100,
            0xe000ed08,
        },
    .crc = 0x04157af3,
};
