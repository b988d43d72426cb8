"""Runs many kernel calls in one boot of QEMU (mps3-an547, a Cortex-M55): the conformance tests of the MVE kernels.

The host lays out every buffer in one image of data memory, canaries between them, and a table of calls with absolute
addresses. The guest runs the table and writes the data memory back through semihosting; the host compares.

Source: Arm semihosting specification (SYS_OPEN, SYS_WRITE, SYS_EXIT); QEMU's generic loader and -semihosting-config.
"""

from __future__ import annotations

import shutil
import struct
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from elftools.elf.elffile import ELFFile
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy

from tests.ops import harness
from tests.ops.harness import Runtime, Shared
from tests.shared import once
from toolchain import ops
from toolchain.ir import Node, Tensor
from toolchain.numerics import Rounding
from toolchain.ops import Kernel, Params

CORE = "cortex-m55"
DATA, DATA_BYTES, GAP = 0x60000000, 1 << 24, 64
CANARY = b"\xc3"
PATH_BYTES, CALL_WORDS = 256, 9
GUEST_C = """
#include <stdint.h>
typedef void function(uint32_t, uint32_t, uint32_t, uint32_t, uint32_t, uint32_t, uint32_t, uint32_t);
typedef struct { uint32_t address, arguments[8]; } call;
typedef struct { char path[256]; uint32_t bytes, count; call calls[]; } table;
void stack_top(void);
void reset(void);

static uint32_t semihosting(uint32_t operation, const void *block)
{
    register uint32_t r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = block;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

static void fault(void)
{
    const uint32_t block[2] = {0x20023U, 0};
    semihosting(0x20, block);
}

void reset(void)
{
    *(volatile uint32_t *)0xe000ed88U |= 0xfU << 20;
    __asm__ volatile("dsb\\n\\tisb");
    const table *t = (const table *)0x60000000U;
    for (uint32_t i = 0; i < t->count; ++i) {
        const uint32_t *a = t->calls[i].arguments;
        ((function *)(uintptr_t)t->calls[i].address)(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7]);
    }
    uint32_t length = 0;
    while (t->path[length] != 0) {
        ++length;
    }
    const uint32_t open[3] = {(uint32_t)(uintptr_t)t->path, 5, length};
    const uint32_t handle = semihosting(0x01, open);
    const uint32_t write[3] = {handle, 0x60000000U, t->bytes};
    semihosting(0x05, write);
    const uint32_t leave[2] = {0x20026U, 0};
    semihosting(0x20, leave);
}

__attribute__((section(".vectors"), used)) void (*const vectors[16])(void) = {
    stack_top, reset, fault, fault, fault, fault, fault, fault};
"""
GUEST_LD = """SECTIONS {
    . = 0x10000000;
    .text : { KEEP(*(.vectors)) *(.text*) *(.rodata*) *(.data*) *(.bss*) *(COMMON) }
    .ARM.exidx : { *(.ARM.exidx*) }
    stack_top = 0x30080000;
}
"""


def available() -> tuple[Runtime, ...]:
    """Return the Cortex-M55 runtimes of this machine; none without QEMU."""
    if shutil.which("qemu-system-arm") is None:
        return ()
    return tuple(Runtime(CORE, c) for c in ("zig", *(["gcc"] if shutil.which("arm-none-eabi-gcc") else [])))


@dataclass
class Call:
    """One call of a kernel and, after ``run``, what it wrote.

    ``in_place`` is the input that the output shares memory with; it lies ``distance`` bytes above the output.
    """

    kernel: Kernel
    params: Params
    inputs: Sequence[np.ndarray[Any, Any]]
    outputs: Sequence[Tensor]
    in_place: int | None = None
    distance: int = 0
    results: tuple[np.ndarray[Any, Any], ...] = ()


@cache
def image(runtime: Runtime, op: str, rounding: Rounding, isa: str) -> tuple[Path, dict[str, int]]:
    """Return an ELF with all kernels of ``op`` for ``isa`` and the loop that calls them, and its symbols."""
    folder = once("guest", _write_guest)
    path = harness.build(runtime, op, rounding, (folder / "guest.c", folder / "guest.ld"), frozenset({isa}))
    with path.open("rb") as file:
        symbols = {s.name: s["st_value"] for s in ELFFile(file).get_section_by_name(".symtab").iter_symbols()}
    return path, symbols


def _write_guest(folder: Path) -> None:
    (folder / "guest.c").write_text(GUEST_C)
    (folder / "guest.ld").write_text(GUEST_LD)


class _Memory:
    """The data memory: a bump allocator with canaries."""

    def __init__(self, calls: int) -> None:
        self.data = bytearray(PATH_BYTES + 8 + 4 * CALL_WORDS * calls)
        self.guards: list[tuple[int, int]] = []
        self.place(b"")

    def place(self, data: bytes) -> int:
        """Return the address of a copy at a multiple of 8."""
        start = len(self.data)
        self.data += data
        self.guards.append((len(self.data), len(self.data) + GAP + -(len(self.data) + GAP) % 8))
        self.data += CANARY * (self.guards[-1][1] - len(self.data))
        return DATA + start


def run(runtime: Runtime, op: str, rounding: Rounding, calls: Sequence[Call]) -> None:
    """Run the calls, of kernels of one instruction set, in one boot and fill in their results."""
    elf, symbols = image(runtime, op, rounding, calls[0].kernel.isa)
    memory = _Memory(len(calls))
    places, table = [], []
    for call in calls:
        arguments, outs = _lay_out(memory, call)
        name = call.kernel.name
        table.append(struct.pack(f"<{CALL_WORDS}I", symbols.get(name) or symbols[f"exported_{name}"],
                                 *arguments, *[0] * (CALL_WORDS - 1 - len(arguments))))
        places.append(outs)
    assert len(memory.data) <= DATA_BYTES
    after = _boot(elf, memory, b"".join(table))
    for start, end in memory.guards:
        assert after[start:end] == CANARY * (end - start), f"{_owner(places, start, calls)} wrote outside its buffers"
    for call, outs in zip(calls, places, strict=True):
        call.results = tuple(np.frombuffer(after[a - DATA : a - DATA + t.size_bytes], np.int8).reshape(t.shape)
                             for a, t in zip(outs, call.outputs, strict=True))


def _owner(places: list[list[int]], offset: int, calls: Sequence[Call]) -> str:
    """Return the name of the kernel whose output lies nearest below ``offset``."""
    near = [c.kernel.name for c, outs in zip(calls, places, strict=True) if outs[0] <= DATA + offset]
    return near[-1] if near else calls[0].kernel.name


def _lay_out(memory: _Memory, call: Call) -> tuple[list[int], list[int]]:
    """Place a call's buffers; return its arguments and the addresses of its outputs."""
    record = b""
    for value in call.kernel.pack(call.params).fields().values():
        if isinstance(value, np.ndarray):
            record += struct.pack("<I", memory.place(np.ascontiguousarray(value).tobytes()) if value.size else 0)
        elif isinstance(value, tuple):
            record += struct.pack(f"<{len(value)}i", *value)
        else:
            record += struct.pack("<i", int(value))
    data = [np.ascontiguousarray(x, dtype=np.int8).tobytes() for x in call.inputs]
    ins = [memory.place(d) for d in data]
    outs = [memory.place(b"\x5a" * t.size_bytes) for t in call.outputs]
    if call.in_place is not None:
        sizes = [t.size_bytes for t in call.outputs]
        shared, output, source = Shared(call.in_place, call.distance).lay_out(data, sizes)
        start = memory.place(shared)
        outs[0], ins[call.in_place] = start + output, start + source
    arguments = [memory.place(record), *ins, *outs]
    if scratch := call.kernel.scratch_bytes(call.params):
        arguments.append(memory.place(b"\xa5" * scratch))
    return arguments, outs


def _boot(elf: Path, memory: _Memory, table: bytes) -> bytes:
    """Boot QEMU with the data memory and return it as the guest left it."""
    with tempfile.TemporaryDirectory() as name:
        source, result = Path(name) / "data.bin", Path(name) / "result.bin"
        head = str(result).encode().ljust(PATH_BYTES, b"\0")
        head += struct.pack("<II", len(memory.data), len(table) // (4 * CALL_WORDS)) + table
        memory.data[: len(head)] = head
        source.write_bytes(memory.data)
        command = ["qemu-system-arm", "-M", "mps3-an547", "-kernel", str(elf), "-display", "none", "-monitor", "none",
                   "-serial", "none", "-semihosting-config", "enable=on,target=native",
                   "-device", f"loader,file={source},addr={DATA:#x},force-raw=on"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
        assert done.returncode == 0 and result.exists(), f"the guest stopped ({done.returncode}): {done.stderr}"
        return result.read_bytes()


Case = tuple[Node, Sequence[Tensor], Sequence[Tensor]]


def draw(strategy: SearchStrategy[Case], count: int, number: int = 0) -> list[Case]:
    """Return ``count`` cases of a strategy, always the same ones for ``number``."""
    found: list[Case] = []

    @seed(number)
    @settings(max_examples=count, deadline=None, database=None, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))
    @given(case=strategy)
    def collect(case: Case) -> None:
        found.append(case)

    collect()
    return found


def conformance(cases: Sequence[Case], rounding: Rounding, isa: str = "mve", number: int = 0,
                select: Callable[[Kernel], bool] = lambda kernel: True) -> dict[str, int]:
    """Assert 0 LSB between the reference and every kernel of ``isa`` on all cases; return the calls of each kernel."""
    rng, made = np.random.default_rng(number), {}
    planned = [(case, kernel, x) for case in cases for kernel, x in kernel_calls(case, isa, rng) if select(kernel)]
    for runtime in available():
        calls = []
        for (node, inputs, outputs), kernel, x in planned:
            params = ops.get(node.op).lower(node, inputs, outputs)
            calls += [Call(kernel, params, x, outputs, in_place) for in_place in (None, *kernel.in_place)]
        if not calls:
            continue
        run(runtime, cases[0][0].op, rounding, calls)
        for call in calls:
            want = ops.get(cases[0][0].op).reference(call.params, *call.inputs, rounding=rounding)
            for expected, got in zip(want, call.results, strict=True):
                bad = np.argwhere(expected != got)
                assert not len(bad), (f"{call.kernel.name} on {runtime} in_place={call.in_place}: {len(bad)} of "
                                      f"{got.size} differ, first at {tuple(bad[0])}: {got[tuple(bad[0])]} != "
                                      f"{expected[tuple(bad[0])]}; {call.params}")
            made[call.kernel.name] = made.get(call.kernel.name, 0) + 1
    return made


def kernel_calls(case: Case, isa: str, rng: np.random.Generator) -> Iterator[tuple[Kernel, list[np.ndarray[Any, Any]]]]:
    """Yield the kernels of an instruction set that take the case, each with random activations."""
    node, inputs, outputs = case
    params = ops.get(node.op).lower(node, inputs, outputs)
    for kernel in ops.get(node.op).kernels:
        if kernel.dtype == params.dtype and kernel.on((isa,)) and kernel.supports(params) is None:
            yield kernel, [harness.random_codes(rng, t.shape, t.dtype) for t in inputs if t.data is None]
