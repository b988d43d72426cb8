"""The cycle model on hand-assembled sequences whose cost follows from docs/cycle-model.md by counting."""

from __future__ import annotations

import pytest
import unicorn
from unicorn import arm_const as arm

from toolchain import targets
from toolchain.runners.simulator.cost import CostModel
from toolchain.runners.simulator.counter import Counter
from toolchain.targets import Memory

NOP, LOAD, LOAD_NEXT = "00bf", "0868", "4a68"  # nop; ldr r0, [r1]; ldr r2, [r1, #4]
SMLAD = "21fb0230"  # smlad r0, r1, r2, r3

M4 = [
    ("single load", LOAD, 1, 2),
    ("two loads", LOAD + LOAD_NEXT, 2, 3),
    ("three loads", LOAD + LOAD_NEXT + LOAD_NEXT, 3, 4),
    ("load that needs the load before it as its base: ldr r1, [r1]; ldr r2, [r1]", "0968" + "0a68", 2, 4),
    ("... as its index: ldr r0, [r1]; ldr r2, [r3, r0]", LOAD + "1a58", 2, 4),
    ("loads with something between", LOAD + NOP + LOAD_NEXT, 3, 5),
    ("ldrd r0, r1, [r2]", "d2e90001", 1, 3),
    ("ldm r0!, {r1, r2, r3}", "0ec8", 1, 4),
    ("push {r4, lr}", "10b5", 1, 3),
    ("pop {r4, pc}", "10bd", 1, 3),
    ("str r0, [r1]", "0860", 1, 1),
    ("ite eq; moveq r0, #1; movne r0, #0", "0cbf" + "0120" + "0020", 3, 3),
    ("smlad, smull r0, r1, r2, r3", SMLAD + "82fb0301", 2, 2),
    ("sdiv r0, r1, r2", "91fbf2f0", 1, 7),
    ("vldmia r0!, {s0-s3}", "b0ec040a", 1, 5),
    ("vldmia r0, {d0-d1}", "90ec040b", 1, 5),
    ("vmla.f32; vdiv.f32 s0, s1, s2", "00ee810a" + "80ee810a", 2, 17),
    ("tbb [pc, r0]", "dfe800f0", 1, 2),
    ("bl", "fff7feff", 1, 1),
    ("wide instruction at 2 mod 4", NOP + SMLAD, 2, 2.21),
    ("wide instructions, aligned again", NOP + NOP + SMLAD + SMLAD, 4, 4),
]
M0PLUS = [
    ("two loads", LOAD + LOAD_NEXT, 2, 4),
    ("str r0, [r1]", "0860", 1, 2),
    ("ldm r0!, {r1, r2, r3}", "0ec8", 1, 4),
    ("pop {r4, pc}", "10bd", 1, 4),
    ("muls r0, r1", "4843", 1, 1),
    ("bl", "fff7feff", 1, 2),
]


@pytest.mark.parametrize(("core", "what", "code", "instructions", "cycles"),
                         [("cortex-m4", *case) for case in M4] + [("cortex-m0plus", *case) for case in M0PLUS])
def test_block_costs(core: str, what: str, code: str, instructions: int, cycles: float) -> None:
    timing = targets.cores()[core].timing
    assert timing is not None
    cost = CostModel(timing).price(0x1000, bytes.fromhex(code))
    assert (cost.instructions, cost.cycles) == (instructions, pytest.approx(cycles)), what
    assert cost.size_bytes == len(code) // 2


def count(code: str, wait_states: float = 5, line_bytes: int = 8) -> tuple[int, float]:
    """Return instructions and cycles of code at 0x100 that ends where it is long; r1 points to flash, r2 to RAM."""
    flash = Memory(name="flash", kind="flash", origin=0, size_bytes=0x10000, wait_states=wait_states,
                   line_bytes=line_bytes)
    engine = unicorn.Uc(unicorn.UC_ARCH_ARM, unicorn.UC_MODE_THUMB | unicorn.UC_MODE_MCLASS)
    engine.ctl_set_cpu_model(arm.UC_CPU_ARM_CORTEX_M4)
    engine.mem_map(flash.origin, flash.size_bytes)
    engine.mem_map(0x20000000, 0x10000)
    engine.mem_write(0x100, bytes.fromhex(code))
    engine.reg_write(arm.UC_ARM_REG_R1, 0x8000)
    engine.reg_write(arm.UC_ARM_REG_R2, 0x20000000)
    timing = targets.cores()["cortex-m4"].timing
    assert timing is not None
    counter = Counter(engine, timing, flash, None)
    counter.start()
    engine.emu_start(0x101, 0x100 + len(code) // 2)
    counter.stop()
    total = counter.total()
    return total.instructions, total.cycles


def test_taken_branches_cost_two_and_others_nothing() -> None:
    # movs r0, #10; again: subs r0, #1; bne again -> ten rounds, nine of them taken
    assert count("0a20" + "0138" + "fdd1") == (1 + 10 * 2, pytest.approx(1 + 10 * 2 + 9 * 2))


@pytest.mark.parametrize(("code", "instructions", "cycles"), [
    ("0868", 1, 2 + 4 * 5 / 8),  # ldr r0, [r1]: a word from flash
    ("0878", 1, 2 + 1 * 5 / 8),  # ldrb r0, [r1]
    ("1068", 1, 2),  # ldr r0, [r2]: from RAM
    ("18c9", 1, 3 + 8 * 5 / 8),  # ldm r1!, {r3, r4}
    ("1060", 1, 1),  # str r0, [r2]
])
def test_data_from_flash_waits(code: str, instructions: int, cycles: float) -> None:
    assert count(code) == (instructions, pytest.approx(cycles))


def test_flash_without_wait_states_adds_nothing() -> None:
    assert count("0868", wait_states=0) == (1, pytest.approx(2))


def test_conditional_loads_from_flash_leave_the_program_intact() -> None:
    # movs r0, #3; again: cmp r0, #2; it ne; ldrne r3, [r1]; b next; next: subs r0, #1; bne again
    code = "0320" + "0228" + "18bf" + "0b68" + "ffe7" + "0138" + "f9d1"
    instructions, cycles = count(code)
    assert instructions == 1 + 3 * 6
    # per round 6 instructions and the load's extra cycle; two loads reach flash; bne is taken twice, b not at all:
    # its target is where its block ends
    assert cycles == pytest.approx(1 + 3 * 7 + 2 * 2 + 2 * 4 * 5 / 8)
