"""Command-line tools: what they are asked, how they fail, what is told of it. The tools are stubs; see conftest."""

from __future__ import annotations

import random
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.flashers import elf
from tests.flashers.conftest import Bus, Tools
from toolchain import flashers, targets
from toolchain.errors import ToolError, UsageError, VerificationError
from toolchain.flashers.base import Device, Job, run_tool

#: tool -> board, USB id of what it goes through, its serial number, its serial port
CASES = {
    "openocd": ("nucleo-l4r5zi", "0483:374b", "066CFF505255", ""),
    "st-flash": ("stm32vldiscovery", "0483:3748", "55FF6D067087", ""),
    "picotool": ("rpi-pico", "2e8a:0003", "E0C9125B0D9B", ""),
    "nrfjprog": ("arduino-nano33ble", "", "683000001", ""),
    "bossac": ("arduino-nano33ble", "2341:005a", "", "/dev/ttyACM7"),
}
READING = sorted(set(CASES) - {"bossac"})


@pytest.fixture
def board(request: pytest.FixtureRequest, bus: Bus, tools: Tools) -> str:
    """Return the board of a tool of CASES, plugged in."""
    name, usb_id, serial, port = CASES[request.param]
    if usb_id:
        bus.plug(usb_id, serial, "device", port)
    return name


def image_for(name: str, folder: Path) -> flashers.Image:
    board = targets.boards()[name]
    start = board.region("flash").origin
    return elf.write(folder / "firmware.elf", [(start, random.Random(3).randbytes(0x555))], board.uf2_family)


def flash(name: str, folder: Path, tool: str | None = None, probe: str | None = None) -> flashers.Flashed:
    return flashers.flash(targets.boards()[name], image_for(name, folder), tool=tool, probe=probe)


@pytest.mark.parametrize(("tool", "board"), [(t, t) for t in READING], indirect=["board"])
def test_image_is_written_and_read_back(tool: str, board: str, tools: Tools, tmp_path: Path) -> None:
    tools.install(tool, board=board)
    done = flash(board, tmp_path, tool)
    assert (done.tool, done.board, done.read_back, done.erased) == (tool, board, True, "sectors")
    calls, serial = tools.calls(tool), CASES[tool][2]
    if tool != "picotool":  # which names bus and address
        assert all(serial in " ".join(call) for call in calls if call != ["--ids"])
    assert any(word in " ".join(calls[-1]) for word in ("reset", "reboot")), "the firmware is started"


@pytest.mark.parametrize("board", ["bossac"], indirect=True)
def test_bossac_writes_through_the_boot_loader_s_port(board: str, tools: Tools, tmp_path: Path) -> None:
    tools.install("bossac")
    done = flash(board, tmp_path, "bossac")
    assert not done.read_back and done.erased == "application"
    assert tools.calls("bossac")[0][0] == "--port=/dev/ttyACM7"


@pytest.mark.parametrize(("tool", "board"), [(t, t) for t in sorted(CASES)], indirect=["board"])
@pytest.mark.parametrize(("mode", "what"), [("absent", "lost the device"), ("locked", "found the flash locked")])
def test_a_tool_that_fails(mode: str, what: str, tool: str, board: str, tools: Tools, tmp_path: Path) -> None:
    tools.install(tool, mode, board=board)
    with pytest.raises(ToolError, match=f"{tool} {what}: {board} was not flashed") as caught:
        flash(board, tmp_path, tool)
    assert caught.value.exit_code == 5
    text = str(caught.value)
    assert "command" in text and f"{tool} says" in text and "exit status" in text and "try" in text


@pytest.mark.parametrize(("tool", "board"), [(t, t) for t in READING], indirect=["board"])
def test_flash_that_holds_something_else(tool: str, board: str, tools: Tools, tmp_path: Path) -> None:
    tools.install(tool, "mismatch", board=board)
    with pytest.raises(
        VerificationError, match=f"the flash of {board} does not hold the image: 1 of 1365 bytes"
    ) as caught:
        flash(board, tmp_path, tool)
    assert caught.value.exit_code == 4 and "byte 0" in str(caught.value)


@pytest.mark.parametrize(("tool", "board"), [(t, t) for t in ("openocd", "st-flash")], indirect=["board"])
def test_another_chip_is_left_alone(tool: str, board: str, tools: Tools, tmp_path: Path) -> None:
    tools.install(tool, "other-chip")
    with pytest.raises(ToolError, match=f"the chip at the probe is not that of {board}: nothing was erased") as caught:
        flash(board, tmp_path, tool)
    assert "= 0x415, expected" in str(caught.value)
    assert not any(word in " ".join(call) for call in tools.calls(tool) for word in ("write", "erase"))


@pytest.mark.parametrize(("tool", "board"), [(t, t) for t in READING], indirect=["board"])
def test_a_tool_that_reads_nothing_back(tool: str, board: str, tools: Tools, tmp_path: Path) -> None:
    tools.install(tool, "silent", board=board)
    with pytest.raises(ToolError, match=f"{tool} did not read the flash back"):
        flash(board, tmp_path, tool)


@pytest.mark.parametrize(("tool", "board"), [(t, t) for t in sorted(CASES)], indirect=["board"])
def test_a_tool_that_is_not_installed(tool: str, board: str, tmp_path: Path) -> None:
    with pytest.raises(ToolError, match=f"no tool that flashes {board} is installed") as caught:
        flash(board, tmp_path, tool)
    assert caught.value.exit_code == 5 and caught.value.hints


@pytest.mark.parametrize("board", ["openocd"], indirect=True)
def test_without_pyocd_and_its_packs_the_next_tool_is_taken(board: str, tools: Tools, tmp_path: Path) -> None:
    tools.install("st-flash", board=board)
    assert flash(board, tmp_path).tool == "st-flash"
    tools.install("openocd", board=board)
    assert flash(board, tmp_path).tool == "openocd"


def test_two_probes_need_a_name(bus: Bus, tools: Tools, tmp_path: Path) -> None:
    tools.install("st-flash")
    bus.plug("0483:374b", "AAAA1111")
    bus.plug("0483:3748", "BBBB2222")
    with pytest.raises(UsageError, match="2 devices could flash nucleo-f446re") as caught:
        flash("nucleo-f446re", tmp_path)
    assert caught.value.exit_code == 2 and "--probe AAAA1111" in str(caught.value)
    flash("nucleo-f446re", tmp_path, probe="bbbb")
    assert all(call[1] == "BBBB2222" for call in tools.calls("st-flash"))


def test_what_sits_on_the_board_comes_before_what_may_be_connected(bus: Bus, tools: Tools, tmp_path: Path) -> None:
    for tool in ("openocd", "picotool"):
        tools.install(tool, board="rpi-pico")
    bus.plug("0483:374b", "AAAA1111")
    bus.plug("2e8a:0003", "BBBB2222")
    assert flash("rpi-pico", tmp_path).tool == "picotool"
    assert flash("rpi-pico", tmp_path, probe="AAAA1111").tool == "openocd"


def test_a_daplink_on_its_own_may_be_connected_to_any_board(bus: Bus, tools: Tools, tmp_path: Path) -> None:
    tools.install("openocd", board="olimex-stm32-h405")
    bus.plug("0d28:0204", "0000000012345678")
    assert "0d28:0204" in flash("olimex-stm32-h405", tmp_path).device


def test_a_daplink_of_another_board_is_not_used(bus: Bus, tools: Tools, tmp_path: Path) -> None:
    tools.install("openocd", board="olimex-stm32-h405")
    bus.plug("0d28:0204", "9904000012345678")
    with pytest.raises(ToolError, match="no probe to flash olimex-stm32-h405 through was found") as caught:
        flash("olimex-stm32-h405", tmp_path)
    assert "(sits on microbit-v2)" in str(caught.value)


def test_a_probe_that_is_named_but_not_there(bus: Bus, tools: Tools, tmp_path: Path) -> None:
    tools.install("st-flash")
    bus.plug("0483:374b", "AAAA1111")
    with pytest.raises(ToolError, match="no probe 'cccc' was found") as caught:
        flash("nucleo-f446re", tmp_path, probe="cccc")
    assert "AAAA1111" in str(caught.value) and not tools.calls("st-flash")


def test_where_usb_is_not_listed_a_named_probe_is_tried(tools: Tools, bus: Bus, tmp_path: Path) -> None:
    tools.install("st-flash")
    bus.sysfs.rmdir()
    flash("nucleo-f446re", tmp_path, probe="DDDD")
    assert all(call[:2] == ["--serial", "DDDD"] for call in tools.calls("st-flash"))


def test_without_a_probe_the_error_says_what_helps(bus: Bus, tools: Tools, tmp_path: Path) -> None:
    tools.install("st-flash")
    with pytest.raises(ToolError, match="no probe to flash nucleo-f446re through was found") as caught:
        flash("nucleo-f446re", tmp_path)
    text = str(caught.value)
    assert (
        "an ST-LINK, with st-flash" in text
        and "pyocd pack install stm32f446retx" in text
        and "data and not power" in text
    )


def test_a_probe_that_may_not_be_opened_brings_its_udev_rule(bus: Bus, tools: Tools, tmp_path: Path) -> None:
    tools.install("picotool")
    bus.plug("0483:374b", "AAAA1111", accessible=False)
    with pytest.raises(ToolError) as caught:
        flash("rpi-pico", tmp_path, "picotool")
    text = str(caught.value)
    assert 'SUBSYSTEM=="usb", ATTR{idVendor}=="0483", ATTR{idProduct}=="374b", TAG+="uaccess"' in text
    assert "hold BOOTSEL" in text and "ST-LINK 0483:374b" in text


def test_a_tool_that_hangs_is_an_error(tools: Tools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("toolchain.flashers.base.PATIENCE_S", 0.2)
    job = Job(targets.boards()["rpi-pico"], image_for("rpi-pico", tmp_path), Device("x", "a probe"), tmp_path)
    with pytest.raises(ToolError, match="openocd hangs") as caught:
        run_tool("openocd", job, ["/bin/sleep", "60"])
    assert "unplug" in str(caught.value)


def test_tools_that_the_board_does_not_have(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="unknown tool 'openocdd'") as caught:
        flash("rpi-pico", tmp_path, "openocdd")
    assert "--tool openocd" in caught.value.hints
    with pytest.raises(UsageError, match="rpi-pico is not flashed with bossac"):
        flash("rpi-pico", tmp_path, "bossac")


def test_every_board_s_tools_support_it() -> None:
    for board in targets.boards().values():
        assert ("serial" in board.runners) == (board.flash is not None), board.name
        for name in board.flash.tools if board.flash is not None else ():
            assert flashers.registry()[name].supports(board), f"{board.name}: {name}"


def test_the_page_lists_every_tool_as_it_is() -> None:
    text = (Path(__file__).parents[2] / "docs" / "flashing.md").read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if line.startswith("| ")]
    listed = {row[0]: row for row in rows if len(row) == 6}
    listed.pop("tool")
    assert set(listed) == set(flashers.registry())
    for name, (_, boards, _, reads_back, erases, _) in listed.items():
        flasher = flashers.registry()[name]
        assert reads_back == ("yes" if flasher.reads_back else "no"), name
        assert erases == ("the image's sectors" if flasher.erases == "sectors" else "all above the boot loader"), name
        real = {n: b for n, b in targets.boards().items() if b.flash is not None}
        able = {n for n, b in real.items() if b.flash is not None and name in b.flash.tools}
        families = {"all": set(real), "STM32": {n for n in real if n.startswith(("nucleo", "stm32", "olimex"))}}
        assert able == families.get(boards, set(boards.split(", "))), name


@pytest.mark.parametrize("name", sorted(n for n, b in targets.boards().items() if b.flash is not None))
def test_real_openocd_has_the_files_of_the_board_and_finds_no_probe(name: str, tmp_path: Path, bus: Bus) -> None:
    """The installed OpenOCD, which takes the commands as they are, up to the probe that is not there."""
    if shutil.which("openocd") is None:
        pytest.skip("openocd is not installed")
    board = targets.boards()[name]
    assert board.flash is not None
    folder = Path("/usr/share/openocd/scripts")
    if folder.is_dir() and not (folder / board.flash.openocd).is_file():
        assert board.flash.openocd == "target/rp2350.cfg", "which came after OpenOCD 0.12"
        return
    bus.plug("0483:374b" if name.startswith(("nucleo", "stm32", "olimex")) else "2e8a:000c", "0123456789ABCDEF")
    with pytest.raises(ToolError, match="openocd lost the device") as caught:
        flash(name, tmp_path, "openocd")
    assert caught.value.exit_code == 5


def test_real_st_flash_finds_no_probe(tmp_path: Path, bus: Bus) -> None:
    if shutil.which("st-flash") is None:
        pytest.skip("st-flash is not installed")
    bus.plug("0483:374b", "0123456789ABCDEF")
    with pytest.raises(ToolError, match="st-flash lost the device"):
        flash("nucleo-f446re", tmp_path, "st-flash")
    assert subprocess.run(["st-flash", "--version"], check=False, capture_output=True).returncode == 0
