"""GNU compilers: arm-none-eabi-gcc for microcontrollers, gcc (or any cc that looks like it) for the host."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from toolchain.compilers.base import Compiler


class Gcc(Compiler):
    """GCC with GNU ld. Runtime functions come from its libgcc, chosen by the core's flags."""

    kind = "gcc"

    def freestanding_flags(self) -> tuple[str, ...]:
        """<stdint.h> is found without newlib, and a small memcpy still becomes loads and stores (-fbuiltin)."""
        return ("-ffreestanding", "-fbuiltin")

    def link(self, folder: Path, objects: Sequence[str], script: str, output: str, *, stack_bytes: int | None = None,
             map_file: str | None = None, relocations: bool = False) -> None:
        """See Compiler.link."""
        command = [*self.command, *self.target_flags(), "-nostdlib", "-Wl,--build-id=none", f"-T{script}"]
        command += ["-Wl,--gc-sections", *_quiet_flags(self.command)]
        command += ["-Wl,--nmagic"]  # else the ELF headers become part of the first segment
        if stack_bytes is not None:
            command.append(f"-Wl,--defsym=__stack_size={stack_bytes}")
        if relocations:
            command.append("-Wl,--emit-relocs")
        if map_file is not None:
            command.append(f"-Wl,-Map={map_file}")
        self.run(folder, [*command, *objects, "-lgcc", "-o", output], f"linking {output}")

    def link_shared(self, folder: Path, objects: Sequence[str], options: Sequence[str], output: str) -> None:
        """See Compiler.link_shared."""
        command = [*self.command, *self.target_flags(), "-shared", "-nostdlib", f"-Wl,{','.join(options)}"]
        self.run(folder, [*command, *objects, "-lgcc", "-o", output], f"linking {output}")


@cache
def _quiet_flags(command: tuple[str, ...]) -> tuple[str, ...]:
    """Return what stops binutils 2.39 and later from warning of writable and executable segments (the blobs)."""
    asked = subprocess.run([*command, "-Wl,--help"], capture_output=True, text=True, errors="replace", check=False)
    return ("-Wl,--no-warn-rwx-segments",) if "no-warn-rwx-segments" in asked.stdout else ()
