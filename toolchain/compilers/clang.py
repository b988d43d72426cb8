"""clang, linked with the LLD and the compiler-rt of the Python package ziglang: no other Arm package is needed."""

from __future__ import annotations

from toolchain.compilers.zig import Llvm


class Clang(Llvm):
    """A clang with the Arm back end."""

    kind = "clang"

    def freestanding_flags(self) -> tuple[str, ...]:
        """No header of the host's C library may be found."""
        return ("-nostdlibinc", "-fno-stack-protector")
