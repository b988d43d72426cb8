/*
 * Board interface of the RP2040 and RP2350: 12 MHz crystal, TC_BOARD_CLOCK_HZ = 12 MHz x TC_PLL_MULTIPLE / TC_PLL_DIVIDER_1 /
 * TC_PLL_DIVIDER_2, and UART0, an Arm PL011, polled with its FIFOs. Without a crystal: the ring oscillator, about 6 MHz.
 */
#include "rp2_registers.h"
#include "tc_board.h"

enum {
    RING_HZ = 6500000,
    CRYSTAL_HZ = 12000000,
    CRYSTAL_1_TO_15_MHZ = 0xaa0,
    CRYSTAL_ENABLE = 0xfab,
    STARTUP = 47, /* x 256 cycles of 12 MHz: 1 ms */
    REFERENCE_CRYSTAL = 2,
    FUNCTION_UART = 2,
    WORD_8_BITS = 3
};

static uint32_t core_hz = RING_HZ;

static void release(uint32_t blocks)
{
    RESETS_RESET &= ~blocks;
    (void)tc_wait(&RESETS_RESET_DONE, blocks, blocks);
}

static int start_crystal(void)
{
    XOSC_STARTUP = STARTUP;
    XOSC_CTRL = TC_FIELD(XOSC_CTRL_FREQ_RANGE, CRYSTAL_1_TO_15_MHZ) | TC_FIELD(XOSC_CTRL_ENABLE, CRYSTAL_ENABLE);
    return tc_wait(&XOSC_STATUS, XOSC_STATUS_STABLE, XOSC_STATUS_STABLE);
}

static int start_pll(void)
{
    RESETS_RESET |= RESETS_RESET_PLL_SYS;
    release(RESETS_RESET_PLL_SYS);
    PLL_SYS_CS = TC_FIELD(PLL_SYS_CS_REFDIV, 1);
    PLL_SYS_FBDIV_INT = TC_PLL_MULTIPLE;
    PLL_SYS_PWR &= ~(PLL_SYS_PWR_PD | PLL_SYS_PWR_VCOPD);
    if (!tc_wait(&PLL_SYS_CS, PLL_SYS_CS_LOCK, PLL_SYS_CS_LOCK)) {
        return 0;
    }
    PLL_SYS_PRIM = TC_FIELD(PLL_SYS_PRIM_POSTDIV1, TC_PLL_DIVIDER_1) |
                   TC_FIELD(PLL_SYS_PRIM_POSTDIV2, TC_PLL_DIVIDER_2);
    PLL_SYS_PWR &= ~PLL_SYS_PWR_POSTDIVPD;
    return 1;
}

static void start_clocks(void)
{
    CLOCKS_CLK_SYS_CTRL &= ~CLOCKS_CLK_SYS_CTRL_SRC; /* off the PLL, should a boot loader have left it there */
    (void)tc_wait(&CLOCKS_CLK_SYS_SELECTED, 1, 1);
    if (!start_crystal()) {
        return;
    }
    CLOCKS_CLK_REF_CTRL = TC_FIELD(CLOCKS_CLK_REF_CTRL_SRC, REFERENCE_CRYSTAL);
    (void)tc_wait(&CLOCKS_CLK_REF_SELECTED, 1u << REFERENCE_CRYSTAL, 1u << REFERENCE_CRYSTAL);
    core_hz = CRYSTAL_HZ;
    if (!start_pll()) {
        return;
    }
    CLOCKS_CLK_SYS_CTRL &= ~CLOCKS_CLK_SYS_CTRL_AUXSRC; /* 0: the PLL */
    CLOCKS_CLK_SYS_CTRL |= CLOCKS_CLK_SYS_CTRL_SRC;
    (void)tc_wait(&CLOCKS_CLK_SYS_SELECTED, 2, 2);
    core_hz = TC_BOARD_CLOCK_HZ;
}

static void start_pins(void)
{
    const uint32_t mine = PADS_BANK0_GPIO0_IE | PADS_BANK0_GPIO0_PUE;

    release(RESETS_RESET_IO_BANK0 | RESETS_RESET_PADS_BANK0);
    IO_BANK0_GPIO0_CTRL = TC_FIELD(IO_BANK0_GPIO0_CTRL_FUNCSEL, FUNCTION_UART);
    IO_BANK0_GPIO1_CTRL = TC_FIELD(IO_BANK0_GPIO0_CTRL_FUNCSEL, FUNCTION_UART);
    tc_modify(&PADS_BANK0_GPIO0, PADS_BANK0_GPIO0_OD | PADS_BANK0_GPIO0_PDE | TC_PADS_ISOLATION, mine);
    tc_modify(&PADS_BANK0_GPIO1, PADS_BANK0_GPIO0_OD | PADS_BANK0_GPIO0_PDE | TC_PADS_ISOLATION, mine);
}

static void start_uart(void)
{
    const uint32_t sixtyfourths = (core_hz * 4u + TC_BOARD_BAUD / 2u) / TC_BOARD_BAUD; /* clock / (16 x baud) x 64 */

    CLOCKS_CLK_PERI_CTRL = CLOCKS_CLK_PERI_CTRL_ENABLE; /* AUXSRC 0: the system clock */
    release(RESETS_RESET_UART0);
    UART0_UARTIBRD = sixtyfourths / 64u;
    UART0_UARTFBRD = sixtyfourths % 64u;
    UART0_UARTLCR_H = TC_FIELD(UART0_UARTLCR_H_WLEN, WORD_8_BITS) | UART0_UARTLCR_H_FEN;
    UART0_UARTCR = UART0_UARTCR_UARTEN | UART0_UARTCR_TXE | UART0_UARTCR_RXE;
}

void tc_board_init(void)
{
    start_clocks();
    start_pins();
    start_uart();
}

uint32_t tc_board_clock_hz(void)
{
    return core_hz;
}

int tc_board_read(void)
{
    if ((UART0_UARTFR & UART0_UARTFR_RXFE) != 0u) {
        return -1;
    }
    return (int)(UART0_UARTDR & 0xffu);
}

void tc_board_write(const uint8_t *data, size_t length)
{
    for (size_t i = 0; i < length; ++i) {
        while ((UART0_UARTFR & UART0_UARTFR_TXFF) != 0u) {
        }
        UART0_UARTDR = data[i];
    }
}
