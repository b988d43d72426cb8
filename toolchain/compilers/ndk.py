"""The clang of Android's NDK, where ANDROID_NDK_HOME names one: it has the phone's libraries to link with."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from toolchain.compilers.clang import Clang
from toolchain.errors import TargetError, ToolError
from toolchain.targets import Target

VARIABLE = "ANDROID_NDK_HOME"


def executable() -> str | None:
    """Return the path of the NDK's clang; None where ANDROID_NDK_HOME is not set; ToolError where it is wrong."""
    home = os.environ.get(VARIABLE)
    if not home:
        return None
    found = sorted(Path(home).glob("toolchains/llvm/prebuilt/*/bin/clang"))
    if not found:
        raise ToolError(
            f"{VARIABLE} names a folder without an NDK",
            [(VARIABLE, home), ("looked for", "toolchains/llvm/prebuilt/*/bin/clang")],
            f"unset {VARIABLE}, or --compiler zig",
        )
    return str(found[0])


def require(target: Target) -> str:
    """Return the path of the NDK's clang, or raise TargetError or ToolError."""
    if target.core.android is None:
        raise TargetError(f"the NDK makes nothing for {target.name}", [("where", "--compiler")], "--compiler zig")
    path = executable()
    if path is None:
        raise ToolError(
            "the NDK is not installed",
            [("looked for", f"the environment variable {VARIABLE}")],
            [f"install it with Android Studio (SDK Manager, NDK) and set {VARIABLE}", "--compiler zig"],
        )
    return path


class Ndk(Clang):
    """The NDK's clang: headers, C library, linker and runtime functions are its own."""

    has_android_libraries = True

    def target_flags(self) -> tuple[str, ...]:
        """Return the flags of the shared library for a program, too: its ABI is Android's."""
        assert self.core.android is not None
        return self.core.android.flags[self.kind]

    def link_program(self, folder: Path, objects: Sequence[str], flags: Sequence[str]) -> None:
        """See Compiler.link_program."""
        command = [*self.command, *self.target_flags(), "-static", "-Wl,-z,max-page-size=16384", *flags]
        self.run(folder, [*command, *objects, "-o", "firmware.elf"], "linking")

    def link_shared(self, folder: Path, objects: Sequence[str], options: Sequence[str], output: str) -> None:
        """See Compiler.link_shared."""
        command = [*self.command, *self.target_flags(), "-shared", "-nostartfiles", f"-Wl,{','.join(options)}"]
        self.run(folder, [*command, *objects, "-lm", "-o", output], f"linking {output}")
