"""Cycles of blocks by llvm-mca's model of a core."""

from __future__ import annotations

import shutil
import struct
from pathlib import Path

import pytest

from toolchain import profile
from toolchain.artifacts import Block, LayerProfile, RunResult
from toolchain.errors import TargetError
from toolchain.profile import mca

needs_llvm = pytest.mark.skipif(shutil.which("llvm-mca") is None, reason="llvm-mca is not installed")
BASE = 0x10000
ADD_CHAIN = [0x91000400] * 4  # add x0, x0, #1: each waits for the one before
ADDS = [0x91000400, 0x91000421, 0x91000442, 0x91000463]  # add x0, x0, #1; add x1, x1, #1 ...
BRANCH = [0x17FFFFFF]  # b to the instruction before
SDOT = [0x4E829420]  # sdot v0.4s, v1.16b, v2.16b
CHAIN, FREE = Block(BASE, 16, 10), Block(BASE + 16, 16, 10)
JUMP, DOT = Block(BASE + 32, 4, 3), Block(BASE + 36, 4, 5)


@pytest.fixture
def elf(tmp_path: Path) -> Path:
    """Return an image of one segment that holds the blocks."""
    code = struct.pack("<10I", *ADD_CHAIN, *ADDS, *BRANCH, *SDOT)
    header = (
        b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", 2, 183, 1, BASE, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    )
    segment = struct.pack("<IIQQQQQQ", 1, 5, 120, BASE, BASE, len(code), len(code), 4)
    path = tmp_path / "image.elf"
    path.write_bytes(header + segment + code)
    return path


def layers(*blocks: tuple[Block, ...]) -> tuple[LayerProfile, ...]:
    return tuple(LayerProfile(None, None, each) for each in blocks)


@needs_llvm
def test_a_core_of_two_issues_runs_a_chain_at_half_the_speed(elf: Path) -> None:
    estimate = mca.estimate(elf, layers((CHAIN,), (FREE,), (CHAIN, FREE, FREE), (JUMP,)), "cortex-a53")
    chain, free, all_three, jump = estimate.layers
    assert (chain, free) == (pytest.approx(40, abs=1), pytest.approx(20, abs=1))
    assert all_three == pytest.approx(chain + 2 * free, abs=1)
    assert jump > 0
    assert estimate.core == "cortex-a53" and estimate.tool.startswith("llvm-mca ")


@needs_llvm
def test_what_a_core_lacks_is_not_estimated_and_said(elf: Path) -> None:
    run = RunResult("qemu-user", (), layers=layers((DOT,)))
    estimated = profile.estimated(run, elf, ["cortex-a53", "cortex-a76", "cortex-a999"])
    assert [e.core for e in estimated.estimates] == ["cortex-a76"]
    assert "cortex-a53" in estimated.no_estimate and "no model of cortex-a999" in estimated.no_estimate


def test_without_llvm_the_reason_is_told(elf: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    run = RunResult("qemu-user", (), layers=layers((CHAIN,)))
    assert profile.estimated(run, elf, ["cortex-a53"]).no_estimate == "llvm-mca is not installed (apt install llvm)"
    assert profile.estimated(run, elf, []) == run, "of a board without such cores nothing is said"


def test_without_blocks_the_reason_is_told(elf: Path) -> None:
    run = RunResult("qemu-user", (), layers=layers(()))
    assert "did not tell which blocks" in profile.estimated(run, elf, ["cortex-a53"]).no_estimate


@needs_llvm
def test_blocks_of_another_image_are_an_error(elf: Path) -> None:
    with pytest.raises(TargetError, match="no code at 0x999990"):
        mca.estimate(elf, layers((Block(0x999990, 4, 1),)), "cortex-a53")
