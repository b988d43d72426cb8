"""docs/adding-a-board.md, followed: its files make a board that builds, boots on the simulator and passes verify."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.runners import tiny
from toolchain import cli, resources, runners, targets
from toolchain.errors import ToolError

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


def test_a_board_made_from_another_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cli.run(["new-board", NAME, "--like", "nucleo-g0b1re", "-o", str(tmp_path / "boards")]) == 0
    monkeypatch.setenv(resources.BOARDS_VARIABLE, str(tmp_path / "boards"))
    targets.boards.cache_clear()
    try:
        target, like = targets.load(NAME), targets.load("nucleo-g0b1re")
        assert target.board.simulator is not None and not target.board.simulator.validated
        assert (target.board.memory, target.core) == (like.board.memory, like.core)
        assert target.board.flash is not None and not target.board.flash.board_ids
        assert "No board was used" in (tmp_path / "boards" / NAME / "README.md").read_text(encoding="utf-8")
        with runners.open_device(tiny.firmware(NAME, tmp_path / "build"), target) as client:
            assert client.device.clock_hz == 64_000_000
        assert cli.run(["new-board", NAME, "--like", "nucleo-g0b1re", "-o", str(tmp_path / "boards")]) == 2
    finally:
        targets.boards.cache_clear()


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("My_Board", "--like", "rpi-pico"), 2, "is no name for a board"),
        (("cortex-m4", "--like", "rpi-pico"), 2, "there is a target cortex-m4 already"),
        (("my-board", "--like", "rpi-pick"), 2, "--like rpi-pico"),
        (("my-board", "--like", "mps2-an386"), 1, "exists in emulators only"),
    ],
)
def test_a_board_that_cannot_be_made(
    arguments: tuple[str, ...], code: int, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["new-board", *arguments, "-o", str(tmp_path)]) == code
    assert words in capsys.readouterr().err and not any(tmp_path.iterdir())


def test_a_folder_of_boards_must_be_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(resources.BOARDS_VARIABLE, str(tmp_path / "nothing"))
    with pytest.raises(ToolError, match="is not a folder"):
        resources.board_folders()
    shutil.copytree(resources.targets() / "boards" / "rpi-pico", tmp_path / "rpi-pico")
    monkeypatch.setenv(resources.BOARDS_VARIABLE, str(tmp_path))
    with pytest.raises(ToolError, match="there are two boards rpi-pico"):
        resources.board_folders()


def test_the_page_names_what_a_board_implements() -> None:
    header = (resources.templates() / "app" / "common" / "tc_board.h").read_text(encoding="utf-8")
    declared = set(re.findall(r"\b(tc_board_\w+)\(", header))
    named = set(re.findall(r"`(tc_board_\w+)`", PAGE.read_text(encoding="utf-8")))
    assert declared == named
