/*
 * Tells the boot ROM that this is an Arm program for the Secure state: a block of metadata with one item, linked to itself.
 * It follows the vector table, inside the first 4 KiB of the flash, where the boot ROM looks for it.
 *
 * Source: RP2350 Datasheet 5.1.4 (blocks and loops), 5.9.1 (markers), 5.9.3.1 (IMAGE_DEF), 5.9.5.1 (minimum Arm IMAGE_DEF).
 */
#include <stdint.h>

enum {
    ITEM_IMAGE_DEF = 0x42,
    ITEM_WORDS = 1 << 8,
    TYPE_EXECUTABLE = 1 << 16,
    SECURITY_SECURE = 2 << 20,
    CPU_ARM = 0 << 24,
    CHIP_RP2350 = 1 << 28,
    ITEM_LAST = 0xff,
    NEXT_BLOCK_IS_THIS_ONE = 0
};

extern const uint32_t tc_image_definition[5];
__attribute__((section(".vectors.image_definition"), used)) const uint32_t tc_image_definition[5] = {
    UINT32_C(0xffffded3), /* start */
    ITEM_IMAGE_DEF | ITEM_WORDS | TYPE_EXECUTABLE | SECURITY_SECURE | CPU_ARM | CHIP_RP2350,
    ITEM_LAST | ITEM_WORDS, /* that one word of items came before */
    NEXT_BLOCK_IS_THIS_ONE,
    UINT32_C(0xab123579), /* end */
};
