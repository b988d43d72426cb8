"""Runs many calls of NEON kernels in one process of QEMU, on each processor that a target is tested on.

Targets are linux-arm64 and android-armv7, whose kernels are the same ones for the most part (Kernel.also).

The host lays out every buffer in one file, canaries between them, and a table of calls. The guest maps the file at the
address for which its pointers were made. Activations and scratch it copies to memory that ends at an inaccessible page,
so that a kernel that reads past their end stops.
"""

from __future__ import annotations

import shutil
import struct
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from tests.ops import harness
from tests.ops.qemu import Call, Case, kernel_calls
from tests.shared import once
from toolchain import compilers, ops, resources, targets
from toolchain.ir import DTYPES, ordinals
from toolchain.numerics import Rounding
from toolchain.ops import Kernel
from toolchain.targets import QemuUser

DATA, GAP, ARGUMENTS = 0x60000000, 64, 6
CANARY = b"\xc3"
CALL = struct.Struct(f"<Q{2 * ARGUMENTS}Q")
GUEST_C = """
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

/* an argument of a size is copied to memory that ends at an inaccessible page */
typedef struct { uint64_t function; struct { uint64_t address, size; } arguments[6]; } call;
typedef void kernel(uintptr_t, uintptr_t, uintptr_t, uintptr_t, uintptr_t, uintptr_t);
KERNELS

static unsigned char *guarded(int index)
{
    static unsigned char *ends[6];
    const size_t bytes = 1u << 20;
    if (ends[index] == NULL) {
        unsigned char *start = mmap(NULL, bytes + 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        ends[index] = start + bytes;
        mprotect(ends[index], 65536, PROT_NONE);
    }
    return ends[index];
}

int main(int argc, char **argv)
{
    struct stat status;
    const int file = open(argv[argc - 1], O_RDWR);
    if (file < 0 || fstat(file, &status) != 0) {
        return 1;
    }
    void *wanted = (void *)(uintptr_t)0x60000000u;
    if (mmap(wanted, (size_t)status.st_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file, 0) != wanted) {
        return 2;
    }
    const uint64_t count = *(const uint64_t *)wanted;
    const call *calls = (const call *)((const uint64_t *)wanted + 1);
    for (uint64_t i = 0; i < count; ++i) {
        uintptr_t values[6];
        for (int j = 0; j < 6; ++j) {
            const size_t size = (size_t)calls[i].arguments[j].size;
            values[j] = (uintptr_t)calls[i].arguments[j].address;
            if (size != 0) {
                values[j] = (uintptr_t)memcpy(guarded(j) - size, (void *)(uintptr_t)values[j], size);
            }
        }
        kernels[calls[i].function](values[0], values[1], values[2], values[3], values[4], values[5]);
        for (int j = 0; j < 6; ++j) {
            const size_t size = (size_t)calls[i].arguments[j].size;
            if (size != 0) {
                memcpy((void *)(uintptr_t)calls[i].arguments[j].address, guarded(j) - size, size);
            }
        }
    }
    return 0;
}
"""


@dataclass(frozen=True)
class Machine:
    """What runs the calls: a target, the instruction set of its kernels, how its pointers are packed."""

    target: str
    isa: str
    pointer: str

    @property
    def qemu(self) -> QemuUser:
        """Return how QEMU runs it."""
        found = targets.load(self.target).board.qemu_user
        assert found is not None
        return found

    def processors(self) -> tuple[str, ...]:
        """Return the processors to test on; none without QEMU."""
        return self.qemu.cpus if shutil.which(self.qemu.program) else ()

    def kernels(self) -> list[tuple[str, Kernel]]:
        """Return (operator, kernel) of every kernel that it runs."""
        return [(op.name, k) for op in ops.registry().values() for k in op.kernels if k.on((self.isa,))]


ARM64, ARMV7 = Machine("linux-arm64", "neon", "<Q"), Machine("android-armv7", "armv7", "<I")
MACHINES = (ARM64, ARMV7)


@cache
def program(machine: Machine, rounding: Rounding) -> Path:
    """Return an executable of all NEON kernels and the loop that calls them, compiled with the core's own flags."""
    name = f"{machine.target}-{rounding.value}"
    return once(name, lambda folder: _build(folder, machine, rounding)) / "kernels"


def _build(folder: Path, machine: Machine, rounding: Rounding) -> None:
    (folder / "tc_config.h").write_text(f"#define TC_SINGLE_ROUNDING {int(rounding is Rounding.SINGLE)}\n")
    names = [k.name for _, k in machine.kernels()]
    declared = "".join(f"kernel {name};\n" for name in names)
    table = f"static kernel *const kernels[] = {{{', '.join(names)}}};\n"
    (folder / "guest.c").write_text(GUEST_C.replace("KERNELS", declared + table))
    found = {op: harness.sources(op, frozenset({machine.isa}), folder) for op in dict(machine.kernels())}
    files = sorted({str(path) for paths in found.values() for path in paths})
    folders = [resources.templates() / "common", *(resources.templates() / "kernels" / op for op in found)]
    include = [".", *map(str, folders)]
    compiler = compilers.find("zig", targets.load(machine.target))
    objects = compiler.compile(folder, ["guest.c", *files], include)
    flags = (*compiler.target_flags(), *compiler.core.link_flags["zig"])
    compiler.run(folder, [*compiler.command, *flags, *objects, "-o", "kernels"], "linking")


class _Memory:
    """The file's contents: a bump allocator with canaries."""

    def __init__(self, calls: int) -> None:
        self.data = bytearray(8 + CALL.size * calls)
        self.guards: list[tuple[int, int]] = []
        self.place(b"")

    def place(self, data: bytes) -> int:
        """Return the address of a copy at a multiple of 16."""
        start = len(self.data)
        self.data += data
        self.guards.append((len(self.data), len(self.data) + GAP + -(len(self.data) + GAP) % 16))
        self.data += CANARY * (self.guards[-1][1] - len(self.data))
        return DATA + start


def run(machine: Machine, processor: str, rounding: Rounding, calls: Sequence[Call]) -> None:
    """Run the calls in one process and fill in their results."""
    memory, places, table = _Memory(len(calls)), [], b""
    numbers = {k.name: i for i, (_, k) in enumerate(machine.kernels())}
    for call in calls:
        arguments, outputs = _lay_out(memory, call, machine.pointer)
        padded = arguments + [(0, 0)] * (ARGUMENTS - len(arguments))
        table += CALL.pack(numbers[call.kernel.name], *(value for pair in padded for value in pair))
        places.append(outputs)
    memory.data[: 8 + len(table)] = struct.pack("<Q", len(calls)) + table
    with tempfile.NamedTemporaryFile() as file:
        file.write(memory.data)
        file.flush()
        command = [machine.qemu.program, "-cpu", processor, str(program(machine, rounding)), file.name]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
        assert done.returncode == 0, f"on {processor} the guest stopped ({done.returncode}): {done.stderr}"
        after = Path(file.name).read_bytes()
    for start, end in memory.guards:
        assert after[start:end] == CANARY * (end - start), f"a kernel wrote outside its buffers, at {start}"
    for call, outputs in zip(calls, places, strict=True):
        written = [after[a - DATA : a - DATA + t.size_bytes] for a, t in zip(outputs, call.outputs, strict=True)]
        call.results = tuple(np.frombuffer(data, DTYPES[t.dtype]).reshape(t.shape)
                             for data, t in zip(written, call.outputs, strict=True))


def _lay_out(memory: _Memory, call: Call, pointer: str) -> tuple[list[tuple[int, int]], list[int]]:
    """Place a call's buffers; return its arguments with the sizes of those to be guarded, and where its outputs are."""
    record = b""
    for value in call.kernel.pack(call.params).fields().values():
        if isinstance(value, np.ndarray):
            address = memory.place(np.ascontiguousarray(value).tobytes()) if value.size else 0
            record += b"\0" * (-len(record) % struct.calcsize(pointer)) + struct.pack(pointer, address)
        else:
            values = value if isinstance(value, tuple) else (value,)
            record += b"".join(struct.pack("<f" if isinstance(v, float) else "<i", v) for v in values)
    ins = [(memory.place(x.tobytes()), x.nbytes) for x in map(np.ascontiguousarray, call.inputs)]
    outs = [(memory.place(b"\x5a" * t.size_bytes), t.size_bytes) for t in call.outputs]
    if call.in_place is not None:  # one memory, which the copies to guarded memory would part
        outs[0] = ins[call.in_place] = (ins[call.in_place][0], 0)
    arguments = [(memory.place(record), 0), *ins, *outs]
    if scratch := call.kernel.scratch_bytes(call.params):
        arguments.append((memory.place(b"\xa5" * scratch), scratch))
    return arguments, [address for address, _ in outs]


def conformance(machine: Machine, cases: Sequence[Case], rounding: Rounding, number: int = 0,
                select: Callable[[Kernel], bool] = lambda kernel: True) -> dict[str, int]:
    """Assert 0 LSB between the reference and every kernel on the machine's processors; return the calls of each."""
    rng, made = np.random.default_rng(number), dict[str, int]()
    op = ops.get(cases[0][0].op)
    planned: list[tuple[Case, Kernel, list[np.ndarray[Any, Any]]]] = [
        (case, kernel, x) for case in cases for kernel, x in kernel_calls(case, machine.isa, rng) if select(kernel)]
    params = [op.lower(*case) for case, _, _ in planned]
    calls = [Call(kernel, p, x, case[2], in_place) for (case, kernel, x), p in zip(planned, params, strict=True)
             for in_place in (None, *(i for i in kernel.in_place if x[i].size == case[2][0].count))]
    wanted = [op.reference(call.params, *call.inputs, rounding=rounding) for call in calls]
    for processor in machine.processors():
        run(machine, processor, rounding, calls)
        for call, want in zip(calls, wanted, strict=True):
            for expected, got in zip(want, call.results, strict=True):
                bad = np.argwhere(ordinals(expected) != ordinals(got))
                assert not len(bad), (f"{call.kernel.name} on {processor} in_place={call.in_place}: {len(bad)} of "
                                      f"{got.size} differ, first at {tuple(bad[0])}: {got[tuple(bad[0])]} != "
                                      f"{expected[tuple(bad[0])]}; {call.params}")
            made[call.kernel.name] = made.get(call.kernel.name, 0) + 1
    return made
