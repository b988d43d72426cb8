"""clang, linked with the LLD and the compiler-rt of the Python package ziglang: no other Arm package is needed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from toolchain.compilers import zig
from toolchain.compilers.zig import Llvm


class Clang(Llvm):
    """A clang with the Arm back end. For another computer's system zig has the C library: its headers, and itself."""

    kind = "clang"

    def target_flags(self) -> tuple[str, ...]:
        """See Compiler.target_flags."""
        return (*super().target_flags(), *(zig.headers(self.core.flags["zig"]) if self.core.foreign else ()))

    def freestanding_flags(self) -> tuple[str, ...]:
        """No header of the host's C library may be found."""
        return ("-nostdlibinc", "-fno-stack-protector", "-fno-unroll-loops")

    def link_program(self, folder: Path, objects: Sequence[str], flags: Sequence[str]) -> None:
        """See Compiler.link_program."""
        if not self.core.foreign:
            return super().link_program(folder, objects, flags)
        command = [zig.require(), "cc", *self.core.flags["zig"], *self.core.link_flags["zig"], *flags]
        self.run(folder, [*command, *objects, "-o", "firmware.elf"], "linking")
        return None
