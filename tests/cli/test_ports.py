"""verify and profile on a port: a device behind a pseudo-terminal, which remembers what came before a conversation."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import Run, write_project
from tests.profile import test_energy as traces
from tests.runners import tiny
from tests.runners.lines import Terminal, terminal
from toolchain import cli, runners
from toolchain.build_directory import open_build
from toolchain.runners.fault import FaultError
from toolchain.runners.protocol import Client

BOARD = "sim-cortex-m4"
MICROSECONDS = 120  # cycles at the clock of the board


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_project(tmp_path_factory.mktemp("ports") / "project")
    command = ["build", "--project", str(folder), "--target", BOARD, "-o", str(folder / "build"), "-q"]
    assert cli.run([*command, "--vectors", "40"]) == 0
    return folder / "build"


@pytest.fixture
def device(built: Path) -> Iterator[Terminal]:
    with terminal(built / "firmware.elf", BOARD) as one:
        yield one


def test_verify(run: Run, built: Path, device: Terminal) -> None:
    outcome = run("verify", built, "--port", device.port)
    assert outcome.code == 0 and "(serial): 40 vectors, 0 of 120 output elements differ" in outcome.out
    assert outcome.err == ""


def test_no_simulator_and_no_torch_is_loaded_for_a_port(built: Path, device: Terminal) -> None:
    code = (
        "import sys; from toolchain import cli; code = cli.run(sys.argv[1:]);"
        "heavy = {'torch', 'unicorn', 'capstone', 'elftools', 'scipy', 'jinja2', 'rich'};"
        "print(code, sorted(heavy & set(sys.modules)))"
    )
    command = [sys.executable, "-c", code, "verify", str(built), "--port", device.port, "-q"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() == "0 []"


def test_profile(run: Run, built: Path, device: Terminal) -> None:
    found = json.loads(run("profile", built, "--port", device.port, "--runs", 3, "--json").out)
    assert (found["runner"], found["source"], found["runs"]) == ("serial", "measured", 3)
    assert found["counter"] == "DWT cycle counter"
    assert 0 < found["cycles_min"] <= found["cycles"] and found["simulated_cycles"] > 0
    assert found["difference"] == pytest.approx(found["cycles"] / found["simulated_cycles"] - 1, abs=1e-6)
    assert 0 < found["stack_bytes"] <= found["stack_bound_bytes"]
    assert sum(layer["share"] for layer in found["layers"]) == pytest.approx(1, abs=1e-4)
    for layer in found["layers"]:
        assert layer["cycles_min"] <= layer["cycles"] and layer["simulated_cycles"] > 0
        assert layer["cycles_per_mac"] == pytest.approx(layer["cycles"] / layer["macs"], abs=1e-4)
    text = run("profile", built, "--port", device.port).out
    assert "median of 5 runs, least" in text and "simul." in text and "DWT cycle counter" in text
    assert max(map(len, text.splitlines())) <= 100


def test_profile_with_a_current_trace(run: Run, built: Path, tmp_path: Path) -> None:
    """The trace is made for what the simulator counts: 40 mA in the first layer, 10 mA in the second."""
    counted = json.loads(run("profile", built, "--json").out)
    assert counted["energy"] is None
    period, pause = 2e-7, 1e-4
    layers = [layer["cycles"] / MICROSECONDS * 1e-6 for layer in counted["layers"]]
    time_s = np.arange(0, 3 * (pause + sum(layers)) + pause, period)
    current, high = np.full(time_s.size, 0.001), np.zeros(time_s.size, dtype=bool)
    for start in (pause + k * (pause + sum(layers)) for k in range(3)):
        for begin, seconds, amps in ((start, layers[0], 0.04), (start + layers[0], layers[1], 0.01)):
            inside = (time_s >= begin) & (time_s < begin + seconds)
            current[inside], high[inside] = amps, True
    found = list(zip(time_s.tolist(), current.tolist(), high.tolist(), strict=True))
    trace = traces.joulescope(found, tmp_path / "trace.csv")
    arguments = ("profile", built, "--trace", trace, "--marker", "gpi0")
    energy = json.loads(run(*arguments, "--json").out)
    expected = [layers[0] * 0.04 * traces.VOLTAGE, layers[1] * 0.01 * traces.VOLTAGE]
    assert energy["energy"]["inferences"] == 3
    assert energy["energy"]["median_j"] == pytest.approx(sum(expected), rel=0.03)
    assert [layer["energy_j"] for layer in energy["layers"]] == pytest.approx(expected, rel=0.1)
    text = run(*arguments, "--voltage", 2 * traces.VOLTAGE).out
    assert re.search(r"energy +\d", text) and max(map(len, text.splitlines())) <= 100
    assert run("profile", built, "--trace", trace).code == 2  # it has no channel D0


def test_a_fault_of_an_earlier_conversation_is_printed_once(run: Run, built: Path, tmp_path: Path) -> None:
    faulty = tiny.firmware(BOARD, tmp_path / "tiny")
    with terminal(faulty.elf, BOARD) as device:
        inputs = tiny.vectors(1)
        inputs[0][0, 0] = 79  # an undefined instruction; the host that asked for it goes before it hears of that
        with Client(runners.open_port(device.port, 115200), attempts=1, timeout_s=0.5) as client:
            client.fetch_fault = lambda: None  # type: ignore[method-assign]
            with pytest.raises(FaultError):
                client.attempts = 3
                client.infer([x[0] for x in inputs], tiny.SHAPES)
        for expected in (True, False):
            outcome = run("verify", built, "--port", device.port)
            assert outcome.code == 4 and "runs another model: hash 0123456789abcdef" in outcome.err
            assert ("warning: the program on" in outcome.err) == expected
            assert ("usage fault: undefined instruction" in outcome.err) == expected
        assert run("profile", built, "--port", device.port).code == 4


def test_killed_host_goes_on_where_it_stopped(run: Run, built: Path, tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    record = sum(y[0].nbytes for y in open_build(built).vectors.outputs) + 4
    with terminal(built / "firmware.elf", BOARD, baud=20000) as device:
        command = [sys.executable, "-m", "toolchain", "verify", str(built), "--port", device.port]
        process = subprocess.Popen([*command, "--journal", str(journal)])
        while not journal.exists() or len(journal.read_bytes().partition(b"\n")[2]) < 5 * record:
            assert process.poll() is None
            time.sleep(0.01)
        process.kill()
        process.wait()
    with terminal(built / "firmware.elf", BOARD) as device:
        outcome = run("verify", built, "--port", device.port, "--journal", journal)
        assert outcome.code == 0 and "40 vectors, 0 of 120 output elements differ" in outcome.out
        first = re.search(r"goes on with vector (\d+) of 40", outcome.err)
        assert first and 0 < int(first[1]) < 40
        assert not journal.exists()
