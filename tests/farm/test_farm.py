"""A farm of emulated boards: they run side by side, and what goes wrong with one is told and stops no other."""

from __future__ import annotations

import json
import shutil
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest

from tests.runners.lines import terminal
from tests.verify import small
from toolchain import cli, farm
from toolchain.errors import UsageError
from toolchain.farm import Entry, Farm, Result, State


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small.build(tmp_path_factory.mktemp("farm") / "sim-cortex-m4", "sim-cortex-m4")


def test_boards_side_by_side(build: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    shutil.copytree(build, wrong)
    with np.load(wrong / "vectors.npz") as archive:
        arrays = dict(archive)
    arrays["output0"][2, 1, 1, 0] ^= 1
    np.savez(wrong / "vectors.npz", **arrays)
    heard: list[str] = []
    with terminal(build / "firmware.elf", "sim-cortex-m4") as device:
        boards = [
            Entry(name="simulator", build=build, runner="simulator"),
            Entry(name="port", build=build, port=device.port, runs=3, vectors=4),
            Entry(name="differs", build=wrong, runner="simulator"),
            Entry(name="not there", build=build, port="/dev/there-is-no-such-port"),
            Entry(name="hangs", build=build, port="loop://", timeout_s=3),
        ]
        results = farm.run(Farm(boards=tuple(boards)), lambda result: heard.append(result.name))
    assert [result.name for result in results] == [board.name for board in boards] and len(heard) == 5
    found = {result.name: result for result in results}
    simulator, port = found["simulator"], found["port"]
    assert (simulator.state, simulator.vectors, simulator.differing_elements) == (State.PASSED, 6, 0)
    assert simulator.cycles and simulator.latency_us and (simulator.source, simulator.runs) == ("simulated", 1)
    assert (port.state, port.vectors, port.runs, port.source) == (State.PASSED, 4, 3, "measured")
    assert port.stack_bytes and port.stack_bound_bytes and port.stack_bytes <= port.stack_bound_bytes
    assert (found["differs"].state, found["differs"].differing_elements) == (State.FAILED, 1)
    assert "layer by layer the outputs are right" in found["differs"].message and found["differs"].cycles is None
    assert found["not there"].state is State.ERROR and "cannot open port" in found["not there"].message
    assert found["hangs"].state is State.ERROR and "not done within 3 s" in found["hangs"].message
    assert farm.exit_code(results) == 4
    check_junit(results)
    check_table(results)


def check_junit(results: list[Result]) -> None:
    suites = {suite.get("name"): suite for suite in ET.fromstring(farm.junit(results))}
    assert list(suites) == [result.name for result in results]
    for result in results:
        suite = suites[result.name]
        cases = {case.get("name"): [child.tag for child in case] for case in suite.iter("testcase")}
        bad = {State.PASSED: [], State.FAILED: ["failure"], State.ERROR: ["error"]}[result.state]
        assert cases == {"verify": bad, "profile": ["skipped"] if bad else []}
        assert (suite.get("failures"), suite.get("errors")) == (str(bad.count("failure")), str(bad.count("error")))
    values = {p.get("name"): p.get("value") for p in suites["simulator"].iter("property")}
    assert values["cycles"] == str(results[0].cycles) and values["vectors"] == "6"


def check_table(results: list[Result]) -> None:
    text = farm.table(results)
    rows, _, messages = text.partition("\n\n")
    assert all(len(line) <= 100 for line in rows.splitlines())
    assert [line.split()[-1] for line in rows.splitlines()[1:]] == ["passed", "passed", "failed", "error", "error"]
    assert "not done within 3 s" in messages


def test_long_names_and_large_figures_fit_100_columns() -> None:
    result = Result(
        "the board on the shelf behind the door",
        "/dev/serial/by-id/usb-STMicroelectronics_STM32_STLink",
        State.PASSED,
        board="nucleo-l4r5zi-with-a-long-name",
        vectors=100_000,
        differing_elements=123_456,
        cycles=123_456_789,
        latency_us=1_028_806.6,
        verify_s=999.9,
    )
    lines = farm.table([result]).splitlines()
    assert max(map(len, lines)) <= 100
    assert "123 M" in lines[1] and "1029 ms" in lines[1] and "123456" in lines[1]


@pytest.mark.parametrize(
    ("states", "code"),
    [
        ((), 0),
        (((State.PASSED, 0),) * 2, 0),
        (((State.PASSED, 0), (State.ERROR, 5)), 5),
        (((State.ERROR, 2), (State.PASSED, 0)), 2),
        (((State.ERROR, 5), (State.FAILED, 4)), 4),
    ],
)
def test_exit_code(states: tuple[tuple[State, int], ...], code: int) -> None:
    assert farm.exit_code([Result("x", "y", state, exit_code=own) for state, own in states]) == code


def test_command(build: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "farm.toml"
    file.write_text(
        f'build = "{build}"\nvectors = 2\njunit = "out.xml"\n[[board]]\nname = "one"\nrunner = "simulator"\n'
    )
    assert cli.run(["farm", "run", str(file), "--json"]) == 0
    (record,) = json.loads(capfd.readouterr().out)
    assert (record["name"], record["state"], record["vectors"]) == ("one", "passed", 2)
    assert (tmp_path / "out.xml").read_text().startswith("<?xml")
    file.write_text('[[board]]\nname = "one"\nbuild = "nowhere"\n')
    assert cli.run(["farm", "run", str(file), "--junit", str(tmp_path / "second.xml")]) == 2
    captured = capfd.readouterr()
    assert "is not a build directory" in captured.out and "one: error" in captured.err
    assert (tmp_path / "second.xml").is_file()


BOARD = '[[board]]\nname = "a"\nport = "p"\nbuild = "b"\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "has no boards"),
        ("board = 3", "has no boards"),
        ("[[board]\n", "is no TOML"),
        ('[[board]]\nname = "a"\n', "board"),
        (BOARD + "speed = 3\n", "speed"),
        (BOARD + "vectors = 0\n", "vectors"),
        (BOARD + 'runner = "qemu"\n', "has a port and runner qemu"),
        (BOARD + BOARD.replace('"p"', '"q"'), "two boards have the same name: a"),
        (BOARD + BOARD.replace('"a"', '"c"'), "two boards have the same port: p"),
    ],
)
def test_files_that_are_not_valid(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "farm.toml").write_text(text)
    with pytest.raises(UsageError) as caught:
        farm.read(tmp_path / "farm.toml")
    assert message in str(caught.value)
    with pytest.raises(UsageError, match="cannot read"):
        farm.read(tmp_path / "missing.toml")


def test_the_example_of_the_page(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "farm.md").read_text(encoding="utf-8")
    (tmp_path / "farm.toml").write_text(page.split("```toml\n")[1].split("```")[0])
    found = farm.read(tmp_path / "farm.toml")
    assert len(found.boards) >= 3 and all(board.build.is_relative_to(tmp_path) for board in found.boards)
    assert {board.runner for board in found.boards} >= {None, "simulator", "qemu"}
