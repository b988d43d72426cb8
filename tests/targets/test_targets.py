"""Cores and boards as data: complete, consistent, and found by name."""

from __future__ import annotations

from itertools import pairwise

import pytest

from toolchain import resources, targets
from toolchain.errors import TargetError, UsageError

CORTEX_M = ["cortex-m0plus", "cortex-m3", "cortex-m4", "cortex-m7", "cortex-m33", "cortex-m55", "cortex-m85"]
FEATURES = {"cortex-m4": ("dsp",), "cortex-m7": ("dsp",), "cortex-m33": ("dsp",),
            "cortex-m55": ("mve", "dsp"), "cortex-m85": ("mve", "dsp"),
            "cortex-m0plus": ("thumb",), "cortex-m3": ("thumb",)}


def test_all_cores_and_boards_are_there() -> None:
    assert set(targets.cores()) >= {*CORTEX_M, "host"}
    assert set(targets.boards()) >= {"host", "mps2-an385", "mps2-an386", "mps2-an500", "mps2-an505", "mps3-an547",
                                     *(f"sim-cortex-m{n}" for n in ("0plus", "3", "4", "7", "33"))}


@pytest.mark.parametrize("name", CORTEX_M)
def test_core_is_complete(name: str) -> None:
    core = targets.cores()[name]
    assert set(core.flags) == {"gcc", "clang", "zig"}
    assert core.features == FEATURES.get(name, ())
    assert core.cycle_counter == ("systick" if name == "cortex-m0plus" else "dwt")
    assert targets.boards()[core.default_board].memory


@pytest.mark.parametrize("name", CORTEX_M)
def test_core_alone_stands_for_its_default_board(name: str) -> None:
    target = targets.load(name)
    assert target.core.name == name and target.board.name == target.core.default_board


def test_board_brings_its_core() -> None:
    target = targets.load("mps2-an500")
    assert target.core.name == "cortex-m7" and target.board.qemu is not None
    assert target.board.qemu.machine == "mps2-an500"


@pytest.mark.parametrize("name", sorted(targets.boards()))
def test_board_is_consistent(name: str) -> None:
    board = targets.boards()[name]
    folder = resources.targets() / "boards" / name
    assert board.core in targets.cores()
    assert board.runners and set(board.runners) <= {"simulator", "qemu", "qemu-user", "serial", "host"}
    assert ("qemu" in board.runners) == (board.qemu is not None)
    assert ("simulator" in board.runners) == (board.simulator is not None)
    readme = (folder / "README.md").read_text(encoding="utf-8")
    assert readme.startswith(f"# {name}\n") and "How it is tested" in readme
    for source in board.sources:
        assert (folder / source).is_file() or (resources.targets() / source).is_file(), source
    ends = sorted((m.origin, m.origin + m.size_bytes) for m in board.memory)
    assert all(end <= start for (_, end), (start, _) in pairwise(ends)), "memories overlap"
    if board.memory:
        for memory in (board.region("flash"), board.region("ram")):
            assert f"0x{memory.origin:08x}" in readme
        assert board.defines["TC_UART_BASE"].rstrip("u") in readme


def test_figures_of_the_cycle_model() -> None:
    m4, m0, m33, m7 = (targets.load(f"sim-cortex-m{n}") for n in ("4", "0plus", "33", "7"))
    assert [t.board.clock_hz for t in (m4, m0, m33)] == [120_000_000, 64_000_000, 128_000_000]
    assert [t.board.region("flash").wait_states for t in (m4, m0, m33)] == [5, 2, 0]
    assert m4.board.region("flash").line_bytes == 8
    assert m4.core.timing and m4.core.timing.validated and m4.core.timing.misaligned_wide == 0.21
    assert m33.core.timing and m33.core.timing.misaligned_wide == 0
    assert m7.core.timing and not m7.core.timing.validated


def test_unknown_target_suggests_the_nearest() -> None:
    with pytest.raises(UsageError) as caught:
        targets.load("cortex-m4f")
    assert "--target cortex-m4" in caught.value.hints and caught.value.exit_code == 2


def test_board_without_flash_names_its_file() -> None:
    with pytest.raises(TargetError, match=r"host has no flash memory[\s\S]*targets/boards/host/board.toml"):
        targets.boards()["host"].region("flash")
