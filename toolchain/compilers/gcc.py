"""GNU compilers: arm-none-eabi-gcc for microcontrollers, gcc (or any cc that looks like it) for the host."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from toolchain.compilers.base import Compiler


class Gcc(Compiler):
    """GCC with GNU ld. Runtime functions come from its libgcc, chosen by the core's flags."""

    kind = "gcc"

    def freestanding_flags(self) -> tuple[str, ...]:
        """-ffreestanding finds <stdint.h> without newlib; -fbuiltin still turns a small memcpy into loads and stores."""
        return ("-ffreestanding", "-fbuiltin")

    def link(self, folder: Path, objects: Sequence[str], script: str, output: str, *, stack_bytes: int | None = None,
             map_file: str | None = None, whole: bool = False) -> None:
        """See Compiler.link."""
        command = [*self.command, *self.target_flags(), "-nostdlib", "-nostartfiles", "-Wl,--build-id=none", f"-T{script}"]
        command += ["-Wl,--no-gc-sections", "-Wl,-e0"] if whole else ["-Wl,--gc-sections"]
        # Our own linker scripts may put code and data in one segment.
        command += ["-Wl,-z,max-page-size=4", *self._quiet_flags()]
        if stack_bytes is not None:
            command.append(f"-Wl,--defsym=__stack_size={stack_bytes}")
        if map_file is not None:
            command.append(f"-Wl,-Map={map_file}")
        self.run(folder, [*command, *objects, "-lgcc", "-o", output], f"linking {output}")

    def _quiet_flags(self) -> list[str]:
        """Return the flag that stops binutils 2.39 and later from warning of segments that are writable and executable."""
        known = self.run(Path.cwd(), [*self.command, "-Wl,--help"], "answering --help")
        return ["-Wl,--no-warn-rwx-segments"] if "no-warn-rwx-segments" in known else []
