"""Checks a shared library for Android: what its loader refuses, or an app store, is found when it is built.

Source: Android developers' guide, "Support 16 KB page sizes"; bionic, "Android changes for NDK developers" (text
        relocations from API 23, writable and executable segments, SONAME, DT_GNU_HASH from API 23, DT_HASH before);
        System V ABI, chapter 5 (dynamic section).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from elftools.common.exceptions import ELFError
from elftools.elf.constants import P_FLAGS
from elftools.elf.dynamic import DynamicSegment
from elftools.elf.elffile import ELFFile

from toolchain.errors import ToolError

#: Largest page of a device: every loaded segment is aligned to it.
PAGE_BYTES = 16384
#: Libraries of the system that an app may need.
LIBRARIES = ("libc.so", "libm.so", "libdl.so", "liblog.so")
#: What a model's library may take from libc: there since API 21, on every ABI.
LIBC = (
    "abort",
    "getauxval",
    "memcmp",
    "memcpy",
    "memmove",
    "memset",
    "pthread_cond_broadcast",
    "pthread_cond_destroy",
    "pthread_cond_init",
    "pthread_cond_signal",
    "pthread_cond_wait",
    "pthread_create",
    "pthread_join",
    "pthread_mutex_destroy",
    "pthread_mutex_init",
    "pthread_mutex_lock",
    "pthread_mutex_unlock",
    "sysconf",
)
#: Of libm, for models that compute in float.
LIBM = (
    "ceilf",
    "cosf",
    "erff",
    "expf",
    "floorf",
    "fmaxf",
    "fminf",
    "logf",
    "powf",
    "rintf",
    "roundf",
    "sinf",
    "sqrtf",
    "tanhf",
)
_ALLOWED = frozenset((*LIBC, *LIBM))
#: Bits of DT_FLAGS.
_TEXTREL = 4


def check(path: Path, soname: str) -> None:
    """Raise ToolError that lists everything about a library that a device would refuse; symbols are named."""
    try:
        with path.open("rb") as file:
            problems = list(_problems(ELFFile(file), soname))
    except ELFError as exc:
        problems = [f"not an ELF file: {exc}"]
    if problems:
        raise ToolError(
            f"{path.name} cannot be loaded on every Android device: {len(problems)} problems"
            if len(problems) > 1
            else f"{path.name} cannot be loaded on every Android device",
            [("problem", text) for text in problems],
            "--compiler zig, or another version of this compiler",
        )


def _problems(elf: Any, soname: str) -> Iterator[str]:
    if elf["e_type"] != "ET_DYN":
        yield f"type {elf['e_type']}, not a shared library"
    yield from _segments(elf)
    dynamic = next((s for s in elf.iter_segments() if isinstance(s, DynamicSegment)), None)
    if dynamic is None:
        yield "no dynamic section"
        return
    yield from _tags(dynamic, soname)
    yield from (f"undefined symbol {name}" for name in sorted(_undefined(elf) - _ALLOWED))


def _segments(elf: Any) -> Iterator[str]:
    for segment in elf.iter_segments():
        kind, flags = segment["p_type"], segment["p_flags"]
        writable, executable = flags & P_FLAGS.PF_W, flags & P_FLAGS.PF_X
        where = f"segment at {segment['p_vaddr']:#x}"
        if kind == "PT_LOAD" and segment["p_align"] < PAGE_BYTES:
            yield f"{where} is aligned to {segment['p_align']} bytes, pages have up to {PAGE_BYTES}"
        if kind == "PT_LOAD" and writable and executable:
            yield f"{where} is writable and executable"
        if kind == "PT_GNU_STACK" and executable:
            yield "the stack is executable"
        if kind == "PT_TLS":
            yield f"thread-local storage: {', '.join(_thread_local(elf)) or 'of the compiler'}"


def _tags(dynamic: Any, soname: str) -> Iterator[str]:
    tags = list(dynamic.iter_tags())
    names = {tag.entry.d_tag for tag in tags}
    for tag in tags:
        if tag.entry.d_tag == "DT_NEEDED" and tag.needed not in LIBRARIES:
            yield f"needs {tag.needed}, which a device does not have"
    found = next((tag.soname for tag in tags if tag.entry.d_tag == "DT_SONAME"), None)
    if found != soname:
        yield f"SONAME {found or 'missing'}, expected {soname}"
    for table in ("DT_HASH", "DT_GNU_HASH"):
        if table not in names:
            yield f"no {table}"
    flags = next((tag.entry.d_val for tag in tags if tag.entry.d_tag == "DT_FLAGS"), 0)
    if "DT_TEXTREL" in names or flags & _TEXTREL:
        yield "text relocations: a file was compiled without -fPIC"


def _undefined(elf: Any) -> set[str]:
    table = elf.get_section_by_name(".dynsym")
    symbols = list(table.iter_symbols()) if table is not None else []
    return {s.name for s in symbols if s["st_shndx"] == "SHN_UNDEF" and s.name}


def _thread_local(elf: Any) -> list[str]:
    tables = (elf.get_section_by_name(name) for name in (".symtab", ".dynsym"))
    symbols = (s for table in tables if table is not None for s in table.iter_symbols())
    return sorted({s.name for s in symbols if s["st_info"]["type"] == "STT_TLS" and s["st_shndx"] != "SHN_UNDEF"})
