/*
 * Second stage of the RP2040's boot: sets the SSI up to read the serial flash as memory, with the plain read command (03h,
 * one data line, 31 MHz), which every serial flash knows, and starts the program behind it. The boot ROM copies the first
 * 256 bytes of the flash to the end of the SRAM, checks the CRC in their last word and runs them there.
 *
 * boot2.c holds the words of this file and their CRC; tests/targets/test_rp2.py assembles it and compares.
 *
 * Source: RP2040 Datasheet 2.8.1.3 (second stage), 4.10.13 (SSI registers).
 */
    .syntax unified
    .cpu cortex-m0plus
    .thumb
    .section .text
    .global tc_boot2_start
    .thumb_func
tc_boot2_start:
    ldr     r3, =0x18000000         /* XIP_SSI */
    movs    r1, #0
    str     r1, [r3, #0x08]         /* SSIENR: off, so that it can be set up */
    movs    r1, #4
    str     r1, [r3, #0x14]         /* BAUDR: a quarter of the system clock */
    ldr     r1, =0x001f0300         /* CTRLR0: 32 bits a frame, EEPROM read, one data line */
    str     r1, [r3, #0x00]
    ldr     r2, =0x180000f4         /* SPI_CTRLR0 */
    ldr     r1, =0x03000218         /* command 03h of 8 bits, address of 24 bits */
    str     r1, [r2]
    movs    r1, #0
    str     r1, [r3, #0x04]         /* CTRLR1: one frame a read */
    movs    r1, #1
    str     r1, [r3, #0x08]         /* SSIENR: on */
    ldr     r0, =0x10000100         /* the program's vector table */
    ldr     r1, =0xe000ed08         /* VTOR */
    str     r0, [r1]
    ldmia   r0, {r0, r1}
    msr     msp, r0
    bx      r1
    .ltorg
