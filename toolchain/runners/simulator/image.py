"""An ELF image for a Cortex-M: what is loaded where, the vector table, and the names of functions.

Source: Arm ELF for the Arm Architecture (AAELF32); Armv7-M ARM (DDI 0403), B1.5.3 vector table.
"""

from __future__ import annotations

import bisect
import re
from pathlib import Path

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile

from toolchain.errors import ToolError


class Image:
    """Segments (load address, bytes), address of the vector table, initial stack and reset handler, symbols."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with path.open("rb") as stream:
                elf = ELFFile(stream)
                self.segments = tuple((s["p_paddr"], s.data()) for s in elf.iter_segments("PT_LOAD") if s["p_filesz"])
                section = elf.get_section_by_name(".vectors")
                table = elf.get_section_by_name(".symtab")
                symbols = [] if table is None else [(s["st_value"] & ~1, s.name) for s in table.iter_symbols()
                                                    if s["st_info"]["type"] == "STT_FUNC"]
                if elf["e_machine"] != "EM_ARM" or not self.segments:
                    raise ToolError(f"{path.name} is not firmware for Arm", [("file", str(path))])
        except (OSError, ELFError) as exc:
            raise ToolError(f"cannot read {path.name}: {exc}", [("file", str(path))], "build it again") from exc
        self._symbols = sorted(symbols)
        self.vectors = min(self.segments)[0] if section is None else int(section["sh_addr"])
        start, data = next(s for s in sorted(self.segments) if s[0] <= self.vectors < s[0] + len(s[1]))
        first = data[self.vectors - start :]
        self.initial_stack = int.from_bytes(first[0:4], "little")
        self.reset_handler = int.from_bytes(first[4:8], "little")

    def symbol_at(self, address: int) -> str:
        """Return ``function+offset`` for a code address; empty when no function is known there."""
        index = bisect.bisect_right(self._symbols, (address, "\uffff")) - 1
        if index < 0:
            return ""
        start, name = self._symbols[index]
        return f"{name}+{address - start:#x}"

    def layer_functions(self) -> dict[int, int]:
        """Return the layer's number by the address of its function in the generated model: layerNN_name."""
        found = ((address, re.match(r"layer(\d+)_", name)) for address, name in self._symbols)
        return {address: int(match[1]) for address, match in found if match}

    def address_of_suffix(self, suffix: str) -> int | None:
        """Return the address of the one function whose name ends so; None when there is none."""
        return next((address for address, name in self._symbols if name.endswith(suffix)), None)
