"""Cycles of executed blocks on a core that is not here: llvm-mca's model of its pipeline, an estimate.

A block costs what one more turn of it costs when it is a loop of its own: issue width, execution units, and what an
instruction waits for the results of others, those of the turn before among them. Summed over a layer's blocks by how
often each was executed. Not in it: caches and memory, branches that are predicted wrongly, what one block leaves in the
pipeline for the next.

Units:  cycles.
Raises: TargetError when an image does not hold the blocks.
Source: LLVM documentation, "llvm-mca - LLVM Machine Code Analyzer"; its models are lib/Target/AArch64/AArch64Sched*.td.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from elftools.elf.elffile import ELFFile

from toolchain.artifacts import CycleEstimate, LayerProfile
from toolchain.errors import TargetError

HOW = "apt install llvm"
#: Turns of each block's loop; the pipeline is empty before the first, so that few would count its filling.
TURNS = 100
_TRIPLE = "aarch64"
_INSTRUCTION_BYTES = 4


class NoEstimate(Exception):
    """llvm-mca is not there, or does not know the core or an instruction; the text says which."""


def estimate(elf: Path, layers: Sequence[LayerProfile], core: str) -> CycleEstimate:
    """Return the cycles of the layers' blocks, code of ``elf`` (AArch64), on a core by LLVM's name.

    Raises NoEstimate.
    """
    places = sorted({(b.address, b.size_bytes) for layer in layers for b in layer.blocks})
    if not places:
        raise NoEstimate("the runner did not tell which blocks were executed")
    version = _version(_find("llvm-mca"))
    cost = dict(zip(places, _cycles(_assembly(_code(elf, places), core), core), strict=True))
    sums = (sum(b.count * cost[b.address, b.size_bytes] for b in layer.blocks) for layer in layers)
    return CycleEstimate(core, f"llvm-mca {version}", tuple(round(cycles) for cycles in sums))


def _code(elf: Path, places: Sequence[tuple[int, int]]) -> list[bytes]:
    """Return the bytes of each block (address, size)."""
    with elf.open("rb") as file:
        segments = [(int(s["p_vaddr"]), s.data()) for s in ELFFile(file).iter_segments("PT_LOAD")]
    found = []
    for address, size in places:
        held = (data[address - start : address - start + size] for start, data in segments if start <= address)
        code = next((data for data in held if len(data) == size), None)
        if code is None:
            raise TargetError(f"{elf.name} has no code at {address:#x}", [("block", f"{size} bytes")])
        found.append(code)
    return found


def _assembly(blocks: Sequence[bytes], core: str) -> list[list[str]]:
    """Return the instructions of each block."""
    encoded = "\n".join(" ".join(f"{byte:#04x}" for byte in block) for block in blocks)
    text = _run("llvm-mc", ["--disassemble", f"--triple={_TRIPLE}"], core, encoded)
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.strip().startswith(".")]
    if len(lines) * _INSTRUCTION_BYTES != sum(map(len, blocks)):
        raise NoEstimate(f"llvm-mc does not know every instruction for {core}")
    rest = iter(lines)
    return [[next(rest) for _ in range(len(block) // _INSTRUCTION_BYTES)] for block in blocks]


def _cycles(blocks: Sequence[Sequence[str]], core: str) -> list[float]:
    """Return the cycles of one turn of each block."""
    regions = (["# LLVM-MCA-BEGIN", *instructions, "# LLVM-MCA-END"] for instructions in blocks)
    text = "".join(f"{line}\n" for region in regions for line in region)
    answer = _run("llvm-mca", [f"--iterations={TURNS}", "--json", f"--mtriple={_TRIPLE}"], core, text)
    summaries = [region["SummaryView"] for region in json.loads(answer)["CodeRegions"]]
    return [summary["TotalCycles"] / summary["Iterations"] for summary in summaries]


def _run(program: str, options: Sequence[str], core: str, text: str) -> str:
    """Return a program's output; NoEstimate where it is missing, refuses, or takes another core than this one."""
    command = [_find(program), *options, f"--mcpu={core}", "-"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    if re.search("not a recognized processor|not a recognised processor", done.stderr):
        raise NoEstimate(f"{program} has no model of {core}")
    if done.returncode:
        first = next((line for line in done.stderr.splitlines() if "error" in line), done.stderr.strip())
        raise NoEstimate(f"{program} for {core}: {first}")
    return done.stdout


def _find(program: str) -> str:
    path = shutil.which(program)
    if path is None:
        raise NoEstimate(f"{program} is not installed ({HOW})")
    return path


@cache
def _version(path: str) -> str:
    """Return LLVM's version, as its program tells it."""
    told = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"LLVM version (\S+)", told)
    return found.group(1) if found else "of an unknown version"
