"""Calls one C kernel alone, on the host or on a Cortex-M core in Unicorn, and compares it with the integer reference.

``conformance(node, inputs, outputs)`` is the whole of it: lower, reference, then every kernel of the operator on every
runtime that can run it, 0 LSB. Buffers end at an inaccessible page on the host, so that a read or write past the end
of a buffer is a crash and not luck; UndefinedBehaviorSanitizer is on.
"""

from __future__ import annotations

import ctypes
import mmap
import re
import shutil
import struct
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from tests.shared import once
from toolchain import ops, resources, targets
from toolchain.ir import DTYPES, Node, Quantization, Tensor, ordinals
from toolchain.numerics import LIMITS, Rounding
from toolchain.ops import Kernel, Params

WARNINGS = ["-std=c99", "-ffp-contract=off", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror"]
MEMORY_C = """
#include <stddef.h>
void *memcpy(void *d, const void *s, size_t n)
{
    unsigned char *a = d; const unsigned char *b = s;
    while (n--) *a++ = *b++;
    return d;
}
void *memmove(void *d, const void *s, size_t n)
{
    unsigned char *a = d; const unsigned char *b = s;
    if (a < b) { while (n--) *a++ = *b++; } else { while (n--) a[n] = b[n]; }
    return d;
}
void *memset(void *d, int c, size_t n) { unsigned char *a = d; while (n--) *a++ = (unsigned char)c; return d; }
"""
STRING_H = """#ifndef STRING_H
#define STRING_H
#include <stddef.h>
void *memcpy(void *d, const void *s, size_t n);
void *memmove(void *d, const void *s, size_t n);
void *memset(void *d, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
#endif
"""
IMAGE = "kernels.elf"
BLOB_LD = """SECTIONS {
    . = 0x10000;
    .text : { *(.text*) *(.rodata*) *(.data*) *(.bss*) *(COMMON) }
    .ARM.exidx : { *(.ARM.exidx*) }
}
"""


@dataclass(frozen=True)
class Runtime:
    """Where a kernel runs: core ``host`` or a Cortex-M core, and the compiler kind."""

    core: str
    compiler: str

    def runs(self, kernel: Kernel) -> bool:
        """Tell whether the core has the instructions of this kernel."""
        return kernel.isa == "ref" or (self.core != "host" and kernel.isa in targets.cores()[self.core].features)

    def __str__(self) -> str:
        return f"{self.core}-{self.compiler}"


@cache
def runtimes() -> tuple[Runtime, ...]:
    """Return the runtimes of this machine: host, and the simulated cores with every compiler that is here."""
    found = [Runtime("host", "gcc")]
    compilers = ["zig"] + (["gcc"] if shutil.which("arm-none-eabi-gcc") else [])
    for core in ("cortex-m4", "cortex-m0plus", "cortex-m3"):
        if core in targets.cores():
            found += [Runtime(core, c) for c in compilers]
    return tuple(found)


# -- compiling -------------------------------------------------------------------------------------------------------


def sources(op: str, isas: frozenset[str], folder: Path) -> list[Path]:
    """Return the C files of an operator's kernels; a kernel in a .h file gets a wrapper that exports it."""
    kernels = [k for each in ops.get(op).kernels if (k := each.on(sorted(isas)))]
    others = {k.name.rpartition("_")[2]: k.isa for k in kernels if not k.name.endswith(f"_{k.isa}")}
    files = []
    for kernel in kernels:
        source = resources.templates() / "kernels" / op / f"{kernel.name}.c"
        if source.exists():
            files.append(source)
            continue
        if not source.with_suffix(".h").exists():
            raise FileNotFoundError(f"kernel {kernel.name}: neither {source.name} nor a .h beside it")
        wrapper = folder / f"{kernel.name}_exported.c"
        wrapper.write_text(_wrapper(op, kernel))
        files.append(wrapper)
    return _with_shared(files, op, others)


def _with_shared(files: list[Path], op: str, others: dict[str, str]) -> list[Path]:
    """Return the files and those that define what their headers declare: the .c beside every header they include.

    ``others`` has instruction sets in names of headers, and that in the name of the .c file, where there is such.
    """
    folders = [resources.templates() / "kernels" / op, resources.templates() / "common"]
    found, todo = {f.name: f for f in files}, list(files)
    while todo:
        for name in re.findall(r'^#include "(\w+)\.h"', todo.pop().read_text(), re.MULTILINE):
            stem, _, isa = name.rpartition("_")
            other = f"{stem}_{others.get(isa, isa)}.c"
            source = other if any((f / other).exists() for f in folders) else f"{name}.c"
            for path in (f / file for f in folders for file in (f"{name}.h", source)):
                if path.exists() and path.name not in found:
                    found[path.name] = path
                    todo.append(path)
    return [path for path in found.values() if path.suffix == ".c"]


def _wrapper(op: str, kernel: Kernel) -> str:
    params = kernel.params_type or f"tc_{op}_params"
    t = "float" if kernel.dtype == "f32" else "int8_t"
    return (f'#include "{kernel.name}.h"\n'
            f"void exported_{kernel.name}(const {params} *p, const {t} *a, {t} *b, {t} *c, void *d);\n"
            f"void exported_{kernel.name}(const {params} *p, const {t} *a, {t} *b, {t} *c, void *d)\n"
            "{\n    (void)b; (void)c; (void)d;\n"
            f"    {kernel.name}(p, a, b);\n}}\n")


@cache
def build(runtime: Runtime, op: str, rounding: Rounding, guest: tuple[Path, Path] | None = None,
          isas: frozenset[str] = frozenset()) -> Path:
    """Return a shared library (host) or a linked image (Cortex-M) of all kernels of ``op`` that this core can run.

    ``guest``: a C file and a linker script that make the image one that boots. ``isas``: only kernels of these.
    """
    rounding = rounding if _is_rounded(op) else Rounding.DOUBLE
    name = "-".join([op, str(runtime), rounding, *sorted(isas), *(["guest"] if guest else [])])
    return once(name, lambda folder: _build(folder, runtime, op, rounding, guest, isas)) / IMAGE


@cache
def _is_rounded(op: str) -> bool:
    """Tell whether a file of the operator's kernels, or one that they include, asks how to round; else all is one."""
    folders = [resources.templates() / "kernels" / op, resources.templates() / "common"]
    todo = [path for path in folders[0].iterdir() if path.suffix in (".c", ".h")]
    texts: dict[Path, str] = {}
    while todo:
        if (path := todo.pop()) not in texts:
            texts[path] = path.read_text()
            names = re.findall(r'^#include "(\w+)\.h"', texts[path], re.MULTILINE)
            beside = [f / f"{name}.{kind}" for f in folders for name in names for kind in "hc"]
            todo += [file for file in beside if file.exists()]
    return any("TC_SINGLE_ROUNDING" in text for text in texts.values())


def _build(folder: Path, runtime: Runtime, op: str, rounding: Rounding, guest: tuple[Path, Path] | None,
           isas: frozenset[str]) -> None:
    (folder / "tc_config.h").write_text(f"#define TC_SINGLE_ROUNDING {int(rounding is Rounding.SINGLE)}\n")
    include = [f"-I{folder}", f"-I{resources.templates() / 'common'}", f"-I{resources.templates() / 'kernels' / op}"]
    if runtime.core == "host":
        files = sources(op, frozenset({"ref"}), folder)
        command = ["gcc", "-O1", "-g", "-shared", "-fPIC", "-fsanitize=undefined", "-fno-sanitize-recover=undefined"]
    else:
        core = targets.cores()[runtime.core]
        files = sources(op, isas or frozenset({"ref", *core.features}), folder)
        (folder / "string.h").write_text(STRING_H)  # a freestanding compiler has none
        memory = folder / "memory.c"
        memory.write_text(MEMORY_C)
        files.append(memory)
        compiler = ["arm-none-eabi-gcc"] if runtime.compiler == "gcc" else [sys.executable, "-m", "ziglang", "cc"]
        script = folder / "blob.ld"
        script.write_text(guest[1].read_text() if guest else BLOB_LD)
        files += [guest[0]] if guest else []
        command = [*compiler, *core.flags[runtime.compiler]]
        command += ["-O2", "-g0", "-ffreestanding", "-nostdlib", "-fno-builtin",
                   "-T", str(script)]
        if runtime.compiler == "zig":
            command += ["-fno-sanitize=all", "-fomit-frame-pointer", "-Wl,--no-gc-sections"]
    libraries = [] if runtime.core == "host" else ["-lgcc" if runtime.compiler == "gcc" else "-lcompiler_rt"]
    command += [*WARNINGS, *include, *map(str, files), *libraries, "-o", str(folder / IMAGE)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        raise AssertionError(f"{' '.join(command)}\n{result.stderr}")


@dataclass(frozen=True)
class Shared:
    """The output and input ``index`` lie in the same memory, the input ``distance`` bytes above the output."""

    index: int
    distance: int

    def lay_out(self, inputs: list[bytes], output_sizes: list[int]) -> tuple[bytes, int, int]:
        """Return the memory with the input in it, and where output and input start."""
        output, source = max(0, -self.distance), max(0, self.distance)
        data = bytearray(b"\x5a" * max(output + output_sizes[0], source + len(inputs[self.index])))
        data[source : source + len(inputs[self.index])] = inputs[self.index]
        return bytes(data), output, source


# -- host ------------------------------------------------------------------------------------------------------------

_libc = ctypes.CDLL(None)


class _Guarded:
    """Bytes that end (within 3 bytes, for 4-byte alignment) at a page that may not be touched."""

    def __init__(self, data: bytes) -> None:
        self.size = len(data)
        self._whole: _Guarded | None = None
        pages = (max(1, self.size) + mmap.PAGESIZE - 1) // mmap.PAGESIZE
        self._map = mmap.mmap(-1, (pages + 1) * mmap.PAGESIZE)
        base = ctypes.addressof(ctypes.c_char.from_buffer(self._map))
        _libc.mprotect(ctypes.c_void_p(base + pages * mmap.PAGESIZE), mmap.PAGESIZE, mmap.PROT_READ * 0)
        self.address = (base + pages * mmap.PAGESIZE - self.size) & ~3
        ctypes.memmove(self.address, data, self.size)

    def read(self) -> bytes:
        return ctypes.string_at(self.address, self.size)

    def part(self, offset: int, size: int) -> _Guarded:
        """Return ``size`` of these bytes."""
        found = object.__new__(_Guarded)
        found.address, found.size, found._whole = self.address + offset, size, self
        return found


def _host_struct(params: Params, keep: list[Any]) -> ctypes.Structure:
    fields: list[tuple[str, Any]] = []
    values = {}
    for name, value in params.fields().items():
        if isinstance(value, np.ndarray):
            buffer = _Guarded(np.ascontiguousarray(value).tobytes())
            keep.append(buffer)
            fields.append((name, ctypes.c_void_p))
            values[name] = buffer.address if value.size else None
        elif isinstance(value, tuple):
            fields.append((name, ctypes.c_int32 * len(value)))
            values[name] = (ctypes.c_int32 * len(value))(*value)
        else:
            fields.append((name, ctypes.c_float if isinstance(value, float) else ctypes.c_int32))
            values[name] = value
    kind = type("Struct", (ctypes.Structure,), {"_fields_": fields})
    return kind(**values)  # type: ignore[no-any-return]


@cache
def _library(path: Path) -> ctypes.CDLL:
    return ctypes.CDLL(str(path))


def _call_host(library: Path, kernel: Kernel, params: Params, inputs: list[bytes], output_sizes: list[int],
               scratch: int, variadic: bool, shared: Shared | None) -> list[bytes]:
    keep: list[Any] = []
    record = _host_struct(params, keep)
    ins = [_Guarded(data) for data in inputs]
    outs = [_Guarded(b"\x5a" * size) for size in output_sizes]
    if shared is not None:
        data, first, second = shared.lay_out(inputs, output_sizes)
        whole = _Guarded(data)
        outs[0] = whole.part(first, output_sizes[0])
        ins[shared.index] = whole.part(second, len(inputs[shared.index]))
    pointers = [ctypes.c_void_p(b.address) for b in ins]
    if variadic:
        pointers = [(ctypes.c_void_p * len(ins))(*[b.address for b in ins])]  # type: ignore[list-item]
    args = [ctypes.byref(record), *pointers, *[ctypes.c_void_p(b.address) for b in outs]]
    if scratch:
        keep.append(_Guarded(b"\xa5" * scratch))
        args.append(ctypes.c_void_p(keep[-1].address))
    dll = _library(library)
    function = getattr(dll, kernel.name, None) or getattr(dll, f"exported_{kernel.name}")
    function.restype = None
    function(*args)
    return [b.read() for b in outs]


# -- Cortex-M in Unicorn ---------------------------------------------------------------------------------------------

DATA, DATA_BYTES, RETURN = 0x20000000, 0x1000000, 0x0F000000
GAP = 64  # canary bytes between buffers


class CortexM:
    """A kernel image loaded in Unicorn."""

    def __init__(self, image: Path, core: str) -> None:
        import unicorn
        from elftools.elf.elffile import ELFFile
        from unicorn import arm_const

        models = {"cortex-m0plus": arm_const.UC_CPU_ARM_CORTEX_M0, "cortex-m3": arm_const.UC_CPU_ARM_CORTEX_M3,
                  "cortex-m4": arm_const.UC_CPU_ARM_CORTEX_M4, "cortex-m7": arm_const.UC_CPU_ARM_CORTEX_M7,
                  "cortex-m33": arm_const.UC_CPU_ARM_CORTEX_M33}
        self.uc = unicorn.Uc(unicorn.UC_ARCH_ARM, unicorn.UC_MODE_THUMB | unicorn.UC_MODE_MCLASS)
        self.uc.ctl_set_cpu_model(models[core])
        self.uc.mem_map(0x0, 0x400000)
        self.uc.mem_map(DATA, DATA_BYTES)
        self.uc.mem_map(RETURN, 0x1000)
        with image.open("rb") as file:
            elf = ELFFile(file)
            for segment in elf.iter_segments("PT_LOAD"):
                self.uc.mem_write(segment["p_vaddr"], segment.data())
            self.symbols = {s.name: s["st_value"] for s in elf.get_section_by_name(".symtab").iter_symbols()}

    def call(self, name: str, args: list[int]) -> None:
        """Call a function with 32-bit arguments and return when it does."""
        from unicorn import arm_const as arm

        sp = DATA + DATA_BYTES - 256
        for index, value in enumerate(args[4:]):
            self.uc.mem_write(sp + 4 * index, struct.pack("<I", value))
        self.uc.reg_write(arm.UC_ARM_REG_SP, sp)
        self.uc.reg_write(arm.UC_ARM_REG_LR, RETURN | 1)
        registers = (arm.UC_ARM_REG_R0, arm.UC_ARM_REG_R1, arm.UC_ARM_REG_R2, arm.UC_ARM_REG_R3)
        for register, value in zip(registers, args, strict=False):
            self.uc.reg_write(register, value)
        address = self.symbols.get(name) or self.symbols[f"exported_{name}"]
        self.uc.emu_start(address | 1, RETURN)


@cache
def machine(runtime: Runtime, op: str, rounding: Rounding) -> CortexM:
    """Return the loaded image of an operator's kernels for a Cortex-M runtime."""
    return CortexM(build(runtime, op, rounding), runtime.core)


class _Arena:
    """Places blobs in the data memory with canaries between them."""

    def __init__(self, cpu: CortexM) -> None:
        self.cpu, self.next, self.guards = cpu, DATA, [DATA]
        cpu.uc.mem_write(DATA, b"\xc3" * GAP)
        self.next += GAP

    def place(self, data: bytes) -> int:
        address = self.next
        end = (address + len(data) + 15) & ~15
        self.cpu.uc.mem_write(address, data + b"\xc3" * (end - address - len(data) + GAP))
        self.guards.append(address + len(data))
        self.next = end + GAP
        return address

    def intact(self) -> bool:
        return all(bytes(self.cpu.uc.mem_read(g, GAP)) == b"\xc3" * GAP for g in self.guards)


def _call_cortex_m(cpu: CortexM, kernel: Kernel, params: Params, inputs: list[bytes], output_sizes: list[int],
                   scratch: int, variadic: bool, shared: Shared | None) -> list[bytes]:
    arena = _Arena(cpu)
    record = b""
    for value in params.fields().values():
        if isinstance(value, np.ndarray):
            record += struct.pack("<I", arena.place(np.ascontiguousarray(value).tobytes()) if value.size else 0)
        elif isinstance(value, tuple):
            record += struct.pack(f"<{len(value)}i", *value)
        else:
            record += struct.pack("<f" if isinstance(value, float) else "<i", value)
    ins = [arena.place(data) for data in inputs]
    outs = [arena.place(b"\x5a" * size) for size in output_sizes]
    if shared is not None:
        data, first, second = shared.lay_out(inputs, output_sizes)
        whole = arena.place(data)
        outs[0], ins[shared.index] = whole + first, whole + second
    pointers = [arena.place(struct.pack(f"<{len(ins)}I", *ins))] if variadic else ins
    args = [arena.place(record), *pointers, *outs]
    if scratch:
        args.append(arena.place(b"\xa5" * scratch))
    cpu.call(kernel.name, args)
    assert arena.intact(), f"{kernel.name} wrote outside its buffers"
    return [bytes(cpu.uc.mem_read(a, s)) for a, s in zip(outs, output_sizes, strict=True)]


# -- conformance -----------------------------------------------------------------------------------------------------


def activation(name: str, shape: Sequence[int], scale: float = 0.05, zero_point: int = 0) -> Tensor:
    """Return an int8 activation tensor with batch 1."""
    return Tensor(name, tuple(shape), "s8", None, Quantization.per_tensor(scale, zero_point))


def constant(name: str, data: np.ndarray[Any, Any], quantization: Quantization | None = None) -> Tensor:
    """Return a constant tensor of int8, int16, int32 or float32 data."""
    dtype = {"int8": "s8", "int16": "s16", "int32": "s32", "float32": "f32"}[str(data.dtype)]
    return Tensor(name, tuple(data.shape), dtype, data, quantization)


def call(runtime: Runtime, op: str, kernel: Kernel, params: Params, inputs: Sequence[np.ndarray[Any, Any]],
         outputs: Sequence[Tensor], rounding: Rounding = Rounding.DOUBLE, *, variadic: bool = False,
         in_place: int | None = None, distance: int = 0) -> list[np.ndarray[Any, Any]]:
    """Return what the kernel writes for inputs of batch 1; ``params`` as lowered, packed here.

    With ``in_place`` the output shares memory with that input, which starts ``distance`` bytes above it.
    """
    shared = None if in_place is None else Shared(in_place, distance)
    packed, scratch = kernel.pack(params), kernel.scratch_bytes(params)
    data = [np.ascontiguousarray(x).tobytes() for x in inputs]
    sizes = [t.size_bytes for t in outputs]
    if runtime.core == "host":
        raw = _call_host(build(runtime, op, rounding), kernel, packed, data, sizes, scratch, variadic, shared)
    else:
        cpu = machine(runtime, op, rounding)
        raw = _call_cortex_m(cpu, kernel, packed, data, sizes, scratch, variadic, shared)
    return [np.frombuffer(r, dtype=DTYPES[t.dtype]).reshape(t.shape) for r, t in zip(raw, outputs, strict=True)]


def conformance(node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor], *,
                rounding: Rounding = Rounding.DOUBLE,
                seed: int = 0, variadic: bool = False, data: Sequence[np.ndarray[Any, Any]] | None = None,
                on: Callable[[Runtime], bool] = lambda runtime: True) -> int:
    """Assert 0 LSB between the reference and every kernel of the operator on every runtime; return the runs made.

    Activations are random codes (all of their type, extremes included) unless ``data`` gives them; ``on`` says where.
    """
    op, rng = ops.get(node.op), np.random.default_rng(seed)
    params = op.lower(node, inputs, outputs)
    read = [t for t in inputs if t.data is None]
    values = list(data) if data is not None else [random_codes(rng, t.shape, t.dtype) for t in read]
    expected = op.reference(params, *values, rounding=rounding)
    for tensor, array in zip(outputs, expected, strict=True):
        assert (array.shape, array.dtype) == (tensor.shape, DTYPES[tensor.dtype]), f"{array.dtype} {array.shape}"
    runs = 0
    for kernel in op.kernels:
        if kernel.dtype != params.dtype or kernel.supports(params) is not None:
            continue
        for runtime in runtimes():
            if not runtime.runs(kernel) or not on(runtime):
                continue
            for in_place in (None, *(i for i in kernel.in_place if values[i].size == outputs[0].count)):
                got = call(runtime, node.op, kernel, params, values, outputs, rounding, variadic=variadic,
                           in_place=in_place)
                for want, have in zip(expected, got, strict=True):
                    bad = np.argwhere(ordinals(want) != ordinals(have))
                    where = tuple(bad[0]) if len(bad) else ()
                    assert not len(bad), (
                        f"{kernel.name} on {runtime} in_place={in_place}: {len(bad)} of {want.size} differ, "
                        f"first at {where}: {have[where]} != {want[where]}; {params}")
                runs += 1
    return runs


def random_codes(rng: np.random.Generator, shape: Sequence[int], dtype: str = "s8") -> np.ndarray[Any, Any]:
    if dtype == "f32":
        return np.where(rng.random(shape) < 0.1, rng.choice([0.0, -0.0, 1e-40, 300.0], shape),
                        rng.normal(size=shape)).astype(np.float32)
    low, high = LIMITS[dtype]
    codes = rng.integers(low, high + 1, size=shape)
    extremes = rng.random(shape) < 0.1
    return np.where(extremes, rng.choice([low, high], size=shape), codes).astype(DTYPES[dtype])
