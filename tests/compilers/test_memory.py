"""memcpy, memmove, memset and memcmp of the firmware, against Python's, in the simulator's CPU."""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from elftools.elf.elffile import ELFFile

from tests.compilers import trees

BASE, MEMORY, STACK, DONE = 0x8000, 0x20000000, 0x20010000, 0x30000000
SIZE = 160


class Cpu:
    """A blob in Unicorn, with 64 KiB of memory."""

    def __init__(self, image: Path, model: int) -> None:
        import unicorn

        self.engine = unicorn.Uc(unicorn.UC_ARCH_ARM, unicorn.UC_MODE_THUMB | unicorn.UC_MODE_MCLASS)
        self.engine.ctl_set_cpu_model(model)
        for start, size in ((0, 0x20000), (MEMORY, 0x10000), (DONE, 0x1000)):
            self.engine.mem_map(start, size)
        with image.open("rb") as file:
            elf = ELFFile(file)
            for segment in elf.iter_segments("PT_LOAD"):
                self.engine.mem_write(segment["p_vaddr"], segment.data())
            self.symbols = {s.name: s["st_value"] for s in elf.get_section_by_name(".symtab").iter_symbols()}

    def call(self, name: str, *args: int) -> int:
        from unicorn import arm_const as arm

        registers = (arm.UC_ARM_REG_R0, arm.UC_ARM_REG_R1, arm.UC_ARM_REG_R2)
        for register, value in zip(registers, args, strict=True):
            self.engine.reg_write(register, value & 0xFFFFFFFF)
        self.engine.reg_write(arm.UC_ARM_REG_SP, STACK)
        self.engine.reg_write(arm.UC_ARM_REG_LR, DONE | 1)
        self.engine.emu_start(self.symbols[name] | 1, DONE)
        return int(self.engine.reg_read(arm.UC_ARM_REG_R0))


@cache
def cpu(kind: str, core: str) -> Cpu:
    import tempfile

    from unicorn import arm_const

    models = {"cortex-m0plus": arm_const.UC_CPU_ARM_CORTEX_M0, "cortex-m4": arm_const.UC_CPU_ARM_CORTEX_M4}
    with tempfile.TemporaryDirectory() as folder:
        image = trees.compiler(kind, core).link_blob([], [], BASE, Path(folder))
        return Cpu(image, models[core])


@pytest.fixture(params=[(k, c) for c in ("cortex-m0plus", "cortex-m4") for k in ("gcc", "clang", "zig")],
                ids=lambda p: "-".join(p))
def machine(request: Any) -> Cpu:
    return cpu(*request.param)


CASES = [(to, source, size) for to in (0, 1, 3, 40) for source in (0, 2, 3, 37, 41)
         for size in (0, 1, 4, 7, 15, 16, 33, 100)]


@pytest.mark.parametrize("name", ["memcpy", "memmove"])
def test_copies(machine: Cpu, name: str) -> None:
    for to, source, size in CASES:
        overlap = to < source + size and source < to + size
        if name == "memcpy" and overlap:
            continue
        memory = bytearray(random.Random(size).randbytes(SIZE))
        machine.engine.mem_write(MEMORY, bytes(memory))
        assert machine.call(name, MEMORY + to, MEMORY + source, size) == MEMORY + to
        memory[to:to + size] = memory[source:source + size]
        assert machine.engine.mem_read(MEMORY, SIZE) == memory, (to, source, size)


def test_memset(machine: Cpu) -> None:
    for to, _, size in CASES:
        memory = bytearray(random.Random(to).randbytes(SIZE))
        machine.engine.mem_write(MEMORY, bytes(memory))
        assert machine.call("memset", MEMORY + to, 0x1A5, size) == MEMORY + to
        memory[to:to + size] = b"\xa5" * size
        assert machine.engine.mem_read(MEMORY, SIZE) == memory, (to, size)


@pytest.mark.parametrize(("a", "b", "sign"), [
    (b"abc", b"abc", 0), (b"abc", b"abd", -1), (b"\xff", b"\x01", 1), (b"", b"", 0)])
def test_memcmp(machine: Cpu, a: bytes, b: bytes, sign: int) -> None:
    machine.engine.mem_write(MEMORY, a + b"x")
    machine.engine.mem_write(MEMORY + 64, b + b"y")
    result = machine.call("memcmp", MEMORY, MEMORY + 64, len(a))
    signed = result - (1 << 32) if result >> 31 else result
    assert (signed > 0) - (signed < 0) == sign
