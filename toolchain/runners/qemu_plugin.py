"""Counts instructions under QEMU: a small plugin, compiled when it is first needed and kept in the cache.

QEMU models no cycle counter. Its plugins see every block that is executed, so that the count is exact; where there is
no compiler for this computer, or QEMU has no plugins of the known interface, nothing is counted.

Source: codegen_templates/app/qemu/tc_count_plugin.c; QEMU documentation, "QEMU TCG Plugins".
"""

from __future__ import annotations

import re
import shutil
import struct
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from toolchain import cache as disk
from toolchain import resources
from toolchain.artifacts import Block

#: Major versions of QEMU that load plugins of interface version 1.
MAJORS = range(6, 9)
CALLS = 4096  # TC_CALLS of the plugin
_RECORD = struct.Struct("<4Q")  # its struct record


@dataclass(frozen=True)
class Counts:
    """The plugin's files: the calls of NAME_run_layer so far, the instructions of each, and the blocks it executed."""

    path: Path

    @classmethod
    def create(cls, folder: Path) -> Counts:
        """Return empty files in a folder."""
        counts = cls(folder / "counts")
        counts.path.write_bytes(bytes(8 * (1 + CALLS)))
        counts.blocks_path.touch()
        return counts

    @property
    def blocks_path(self) -> Path:
        """Return the file of the blocks."""
        return self.path.with_name("blocks")

    def calls(self) -> int:
        """Return how often a layer was run."""
        return int(struct.unpack_from("<Q", self.path.read_bytes())[0])

    def since(self, first: int) -> list[int]:
        """Return the instructions of the calls from number ``first`` on, of the last ``CALLS`` at most."""
        total, *counts = struct.unpack(f"<{1 + CALLS}Q", self.path.read_bytes())
        return [counts[i % CALLS] for i in range(max(first, total - CALLS), total)]

    def blocks(self, first: int) -> dict[int, tuple[Block, ...]]:
        """Return the blocks of the calls from number ``first`` on, by call; a block may be there more than once."""
        found: dict[int, list[Block]] = {}
        for call, *block in _RECORD.iter_unpack(self.blocks_path.read_bytes()):
            if call >= first:
                found.setdefault(call, []).append(Block(*block))
        return {call: tuple(blocks) for call, blocks in found.items()}


def arguments(program: str, elf: Path, counts: Counts, blocks: bool = False) -> list[str]:
    """Return QEMU's arguments that count ``elf``'s layers, and their blocks; none where that cannot be done."""
    entry, plugin = _address(elf, "_run_layer"), _plugin(program)
    if entry is None or plugin is None:
        return []
    more = f",blocks={counts.blocks_path}" if blocks else ""
    return ["-plugin", f"{plugin},entry={entry:#x},out={counts.path}{more}"]


def _address(elf: Path, suffix: str) -> int | None:
    """Return the address of the one function whose name ends so; None when there is none."""
    from elftools.elf.elffile import ELFFile

    with elf.open("rb") as stream:
        image = ELFFile(stream)
        thumb = image["e_machine"] == "EM_ARM"
        table = image.get_section_by_name(".symtab")
        functions = [] if table is None else [s for s in table.iter_symbols() if s["st_info"]["type"] == "STT_FUNC"]
        found = (int(s["st_value"]) for s in functions if s.name.endswith(suffix))
        return next((address & ~1 if thumb else address for address in found), None)


@cache
def _plugin(program: str) -> Path | None:
    asked = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    version = re.search(r"version (\d+)", asked)
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if version is None or int(version.group(1)) not in MAJORS or compiler is None:
        return None
    source = resources.templates() / "app" / "qemu" / "tc_count_plugin.c"
    path = disk.folder() / "qemu" / f"{disk.key(disk.digest([source]), compiler)}.so"
    if path.is_file():
        return path
    with tempfile.TemporaryDirectory(prefix="toolchain-plugin-") as folder:
        built = Path(folder) / "plugin.so"
        command = [compiler, "-O2", "-shared", "-fPIC", "-fvisibility=hidden", str(source), "-o", str(built)]
        if subprocess.run(command, capture_output=True, check=False).returncode:
            return None
        disk.write_bytes(path, built.read_bytes())
    return path if path.is_file() else None
