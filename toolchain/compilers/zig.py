"""Zig's C compiler (clang) from PyPI: the one that a fresh machine has. Also the LLVM linker and runtime for clang."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from toolchain.compilers.base import OBJECTS, Compiler
from toolchain.errors import ToolError


def executable() -> str | None:
    """Return the path of zig: that of the Python package ``ziglang``, else one on PATH, else None."""
    spec = importlib.util.find_spec("ziglang")
    if spec is not None and spec.origin is not None:
        path = Path(spec.origin).with_name("zig.exe" if sys.platform == "win32" else "zig")
        if path.exists():
            return str(path)
    return shutil.which("zig")


def require() -> str:
    """Return the path of zig, or raise ToolError."""
    path = executable()
    if path is None:
        raise ToolError("zig is not installed", [("looked for", "the Python package ziglang, and zig on PATH")],
                        "pip install ziglang")
    return path


def headers(flags: Sequence[str]) -> tuple[str, ...]:
    """Return the flags by which clang finds musl's headers, as zig brings them, for the target that is in ``flags``."""
    processor = flags[flags.index("-target") + 1].split("-")[0]
    folder = Path(require()).resolve().parent / "lib" / "libc" / "include"
    kernel = "x86" if processor == "x86_64" else processor
    names = (f"{processor}-linux-musl", "generic-musl", f"{kernel}-linux-any", "any-linux-any")
    return ("-nostdlibinc", *(word for name in names for word in ("-isystem", str(folder / name))))


class Llvm(Compiler):
    """clang in two packages; both link with LLD and take runtime functions from compiler-rt, as zig brings them."""

    def link(self, folder: Path, objects: Sequence[str], script: str, output: str, *, stack_bytes: int | None = None,
             map_file: str | None = None, relocations: bool = False) -> None:
        """See Compiler.link."""
        command = [require(), "ld.lld", "--gc-sections", f"--script={script}"]
        if stack_bytes is not None:
            command.append(f"--defsym=__stack_size={stack_bytes}")
        if relocations:
            command.append("--emit-relocs")
        if map_file is not None:
            command.append(f"-Map={map_file}")
        self.run(folder, [*command, *objects, self._runtime(folder), "-o", output], f"linking {output}")

    def link_shared(self, folder: Path, objects: Sequence[str], options: Sequence[str], output: str) -> None:
        """See Compiler.link_shared."""
        command = [require(), "ld.lld", "-shared", *options]
        self.run(folder, [*command, *objects, self._runtime(folder), "-o", output], f"linking {output}")

    def _runtime(self, folder: Path) -> str:
        """Build compiler-rt for the core (zig keeps it in its cache) and return the archive, relative to ``folder``."""
        archive = f"{OBJECTS}/libcompiler_rt.a"
        if not (folder / archive).exists():
            empty = f"{OBJECTS}/empty.c"
            (folder / empty).write_text("typedef int tc_empty;\n", encoding="utf-8")
            options = ["-fcompiler-rt", "-O", "ReleaseSmall", "-fstrip", *_machine(self.core.flags["zig"])]
            options += ["-fPIC"] if self.core.hosted else []
            command = [require(), "build-lib", empty, *options, "--name", "compiler_rt", f"-femit-bin={archive}"]
            self.run(folder, command, "building compiler-rt")
        return archive


def _machine(flags: Sequence[str]) -> list[str]:
    """Return those of the flags that name the processor; zig's own commands take no others."""
    at = flags.index("-target")
    return [*flags[at : at + 2], *(flag for flag in flags if flag.startswith("-mcpu="))]


class Zig(Llvm):
    """``zig cc``."""

    kind = "zig"

    def freestanding_flags(self) -> tuple[str, ...]:
        """zig turns on the sanitizer and stack protection on its own; neither has a runtime here.

        Loops that clang unrolls make the code a fifth to a third larger and networks at most 4 % faster (Cortex-M0+):
        the inner loops are assembly.
        """
        return ("-fno-sanitize=all", "-fno-stack-protector", "-fno-unwind-tables", "-fno-asynchronous-unwind-tables",
                "-fno-unroll-loops")

    def sanitizer_flags(self) -> tuple[str, ...]:
        """AddressSanitizer's runtime is not part of zig."""
        return ("-fsanitize=undefined", "-fno-sanitize-recover=all")

    def _prefix_maps(self, folder: Path) -> list[str]:
        """zig's own headers lie in the environment that it was installed into."""
        headers = Path(self.command[0]).resolve().parent / "lib"
        return [*super()._prefix_maps(folder), f"-ffile-prefix-map={headers}=zig"]

    def shared_flags(self) -> tuple[str, ...]:
        """The headers are those of musl, which zig brings."""
        return ("-fno-sanitize=all", "-fno-unwind-tables", "-fno-asynchronous-unwind-tables")
