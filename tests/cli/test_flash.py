"""toolchain flash and what doctor tells of probes, with the tools and USB devices of tests/flashers."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from tests.cli.conftest import Run, write_project
from tests.flashers.conftest import Bus, Tools, bus, tools  # noqa: F401 (fixtures)
from toolchain import cli

SERIAL = "0666FF50"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a build for a board; made before the fixtures that take PATH away."""
    project = write_project(tmp_path_factory.mktemp("flash") / "project")
    arguments = ["--project", str(project), "--target", "nucleo-f446re", "-o", str(project / "build"), "--vectors", "1"]
    assert cli.run(["build", *arguments, "-q"]) == 0
    return project / "build"


def test_flash_writes_the_build_s_firmware(built: Path, run: Run, bus: Bus, tools: Tools) -> None:  # noqa: F811
    tools.install("openocd")
    bus.plug("0483:374b", SERIAL, "STM32 STLink", "/dev/ttyACM3")
    outcome = run("flash", built)
    assert outcome.code == 0 and "read back, SHA-256" in outcome.out
    assert "nucleo-f446re: openocd, ST-LINK 0483:374b, serial 0666FF50" in outcome.err
    assert f"next: toolchain verify {built} --port /dev/ttyACM3" in outcome.err
    call = tools.calls("openocd")[-1]
    assert f"flash write_image erase {{{built / 'firmware.elf'}}}" in call
    done = json.loads(run("flash", built, "--json", "-q", "--tool", "openocd", "--probe", SERIAL[:4]).out)
    assert (done["board"], done["tool"], done["read_back"], done["erased"]) == (
        "nucleo-f446re",
        "openocd",
        True,
        "sectors",
    )


@pytest.mark.parametrize(
    ("mode", "arguments", "code", "words"),
    [
        ("locked", (), 5, "error: openocd found the flash locked"),
        ("mismatch", (), 4, "does not hold the image"),
        ("ok", ("--probe", "nothing"), 5, "no probe 'nothing' was found"),
        ("ok", ("--board", "nucleo-l4r5zi"), 1, "firmware built for nucleo-f446re does not run on nucleo-l4r5zi"),
        ("ok", ("--board", "nucleo-f446"), 2, "--board nucleo-f446re"),
        ("ok", ("--tool", "bossac"), 2, "nucleo-f446re is not flashed with bossac"),
    ],
)
def test_flash_that_fails(
    mode: str,
    arguments: tuple[str, ...],
    code: int,
    words: str,
    built: Path,
    run: Run,
    bus: Bus,  # noqa: F811
    tools: Tools,  # noqa: F811
) -> None:
    tools.install("openocd", mode)
    bus.plug("0483:374b", SERIAL)
    outcome = run("flash", built, *arguments)
    assert (outcome.code, outcome.out) == (code, "") and words in outcome.err


def test_flash_that_is_interrupted_says_what_the_board_may_hold(
    built: Path,
    run: Run,
    bus: Bus,  # noqa: F811
    tools: Tools,  # noqa: F811
) -> None:
    tools.install("openocd", "interrupt")
    bus.plug("0483:374b", SERIAL)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # which may be ignored, as in the background
    try:
        outcome = run("flash", built)
    finally:
        signal.signal(signal.SIGINT, before)
    assert outcome.code == 130 and "the flash of nucleo-f446re may hold a part of the image" in outcome.err


def test_flash_of_something_that_is_no_build(run: Run, tmp_path: Path) -> None:
    outcome = run("flash", tmp_path)
    assert outcome.code == 2 and "is not a build directory" in outcome.err


def test_doctor_lists_probes_and_what_keeps_them_closed(run: Run, bus: Bus, tools: Tools) -> None:  # noqa: F811
    bus.plug("0d28:0204", "9904360258824e45", "BBC micro:bit CMSIS-DAP", "/dev/ttyACM0")
    bus.plug("0483:3748", "", "STM32 STLink", accessible=False)
    bus.plug("1d6b:0002", "", "hub")
    text = run("doctor").out
    assert "DAPLink 0d28:0204, serial 9904360258824e45, microbit-v2, /dev/ttyACM0" in text
    assert "ST-LINK 0483:3748, MAY NOT BE OPENED" in text and 'ATTR{idProduct}=="3748"' in text and "1d6b" not in text
    found = json.loads(run("doctor", "--json").out)
    assert [probe["usb_id"] for probe in found["probes"]] == ["0d28:0204", "0483:3748"]
    assert {"openocd", "pyocd", "st-flash", "picotool", "nrfjprog", "bossac"} <= {row["name"] for row in found["found"]}


def test_doctor_without_probes_says_so(run: Run, bus: Bus) -> None:  # noqa: F811
    assert "none on USB" in run("doctor").out
    bus.sysfs.rmdir()
    assert "none with a serial port" in run("doctor").out
