"""docs/adding-a-board.md, followed: its files make a board that builds, boots on the simulator and passes verify."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.runners import tiny
from toolchain import resources, runners, targets

PAGE = Path(__file__).parents[2] / "docs" / "adding-a-board.md"
_BLOCK = re.compile(r"```\w+\n(?:#|/\*|<!--) file: (\S+)[^\n]*\n(.*?)```", re.DOTALL)
NAME = "my-board"


@pytest.fixture
def board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return the folder of the page's board, in a copy of targets/ that the tool takes for its own."""
    copy = tmp_path / "targets"
    shutil.copytree(resources.targets(), copy)
    folder = copy / "boards" / NAME
    folder.mkdir()
    for name, text in _BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        (folder / name).write_text(text, encoding="utf-8")
    original = resources.folder
    monkeypatch.setattr(resources, "folder", lambda name: copy if name == "targets" else original(name))
    targets.boards.cache_clear()
    targets.cores.cache_clear()
    yield folder
    targets.boards.cache_clear()
    targets.cores.cache_clear()


def test_the_page_makes_a_board(board: Path, tmp_path: Path) -> None:
    assert {path.name for path in board.iterdir()} == {"board.toml", "board.c", "README.md"}
    target = targets.load(NAME)
    inputs, got = tiny.vectors(2), []
    with runners.open_device(tiny.firmware(NAME, tmp_path / "build"), target) as client:
        assert client.runner == "simulator" and client.device.clock_hz == 80_000_000
        client.run_vectors(inputs, tiny.SHAPES, on_result=lambda _, y: got.append(y[0].tobytes()))
    assert got == [tiny.layers(a, b)[-1].tobytes() for a, b in zip(*inputs, strict=True)]


def test_the_page_names_what_a_board_implements() -> None:
    header = (resources.templates() / "app" / "common" / "tc_board.h").read_text(encoding="utf-8")
    declared = set(re.findall(r"\b(tc_board_\w+)\(", header))
    named = set(re.findall(r"`(tc_board_\w+)`", PAGE.read_text(encoding="utf-8")))
    assert declared == named
