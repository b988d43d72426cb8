"""adb: the choice of a device, shell commands with their exit codes, files there and back.

Source: Android developers' guide, "Android Debug Bridge"; exit codes of shell commands are told from Android 7 on only:
        each command prints its own.
Raises: ToolError when adb, a device, or room on it is missing; UsageError when it is not clear which device is meant.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from toolchain.errors import ToolError, UsageError

TIMEOUT_S = 600
FULL = "No space left on device"
_CODE = re.compile(r"\s*\[exit (\d+)\]\s*$")
_HOW = {
    "unauthorized": "unlock the device and allow USB debugging by this computer in the dialog that it shows",
    "offline": "unplug the device and plug it in again, or: adb reconnect",
}


@dataclass(frozen=True)
class Answer:
    """What a shell command printed, and its exit code."""

    code: int
    text: str


@dataclass(frozen=True)
class Bridge:
    """adb on one device."""

    program: str
    serial: str

    def shell(self, command: str) -> Answer:
        """Run a command in the device's shell."""
        text = self._adb("shell", f"{command}; echo \"[exit $?]\"").replace("\r\n", "\n")
        found = _CODE.search(text)
        if found is None:
            raise ToolError(f"{self.serial} broke off: the answer of its shell has no end",
                            [("command", command), ("said", text.strip()[-400:] or "nothing")], _HOW["offline"])
        return Answer(int(found[1]), text[: found.start()].strip())

    def require(self, command: str) -> str:
        """Return what a command prints; ToolError unless it succeeds."""
        answer = self.shell(command)
        if answer.code:
            raise self.failure(f"{self.serial} refuses a command: exit code {answer.code}", answer.text, command)
        return answer.text

    def push(self, local: Path, remote: str) -> None:
        """Copy a file to the device."""
        self._adb("push", str(local), remote)

    def pull(self, remote: str, local: Path) -> None:
        """Copy a file from the device."""
        self._adb("pull", remote, str(local))

    def failure(self, what: str, said: str, command: str) -> ToolError:
        """Return the error for something that failed on the device; a full one is called so."""
        details = [("said", said.strip()[-400:] or "nothing"), ("command", command)]
        if FULL in said:
            return ToolError(f"{self.serial} has no room: {FULL}", details, "free some of /data on the device")
        return ToolError(what, details, "adb shell, and the same command by hand")

    def _adb(self, *arguments: str) -> str:
        command = [self.program, "-s", self.serial, *arguments]
        try:
            result = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False,
                                    timeout=TIMEOUT_S)
        except subprocess.TimeoutExpired as exc:
            raise ToolError(f"{self.serial} does not answer: adb {arguments[0]} took {TIMEOUT_S} s",
                            [("command", " ".join(command))], _HOW["offline"]) from exc
        if result.returncode and not _CODE.search(result.stdout):
            said = result.stderr.strip() or result.stdout.strip()
            state = next((s for s in _HOW if s in said), None)
            if state is not None:
                raise _not_ready(self.serial, state)
            raise self.failure(f"adb {arguments[0]} failed: exit code {result.returncode}", said, " ".join(command))
        return result.stdout


def connect(serial: str | None) -> Bridge:
    """Return adb on the device of this serial number, or else of $ANDROID_SERIAL, or the only one."""
    program = _program()
    wanted = serial or os.environ.get("ANDROID_SERIAL") or None
    states = _devices(program)
    if wanted is None:
        if not states:
            raise ToolError("no Android device is connected", [("asked", f"{program} devices")],
                            ["plug one in, with USB debugging on (Settings, Developer options)",
                             "adb pair and adb connect, over the network"])
        if len(states) > 1:
            raise UsageError(f"{len(states)} Android devices are connected",
                             [("found", ", ".join(f"{name} ({state})" for name, state in states.items()))],
                             f"--adb {next(iter(states))}")
        wanted = next(iter(states))
    if wanted not in states:
        raise ToolError(f"Android device {wanted} is not connected", [("found", ", ".join(states) or "none")])
    if states[wanted] != "device":
        raise _not_ready(wanted, states[wanted])
    return Bridge(program, wanted)


def _not_ready(serial: str, state: str) -> ToolError:
    said = {"unauthorized": "has not allowed this computer to debug it"}.get(state, f"is {state}")
    return ToolError(f"Android device {serial} {said}", hints=_HOW.get(state, "adb devices"))


def _program() -> str:
    homes = [os.environ.get(name) for name in ("ANDROID_HOME", "ANDROID_SDK_ROOT")]
    places = [str(Path(home) / "platform-tools") for home in homes if home]
    path = shutil.which("adb") or next((p for place in places if (p := shutil.which("adb", path=place))), None)
    if path is None:
        raise ToolError("adb is not installed", [("looked for", "adb on PATH, $ANDROID_HOME/platform-tools/adb")],
                        "apt install adb (Debian, Ubuntu), or the platform tools of Android's SDK")
    return path


def _devices(program: str) -> dict[str, str]:
    """Return the state of each connected device by its serial number."""
    result = subprocess.run([program, "devices"], capture_output=True, text=True, errors="replace", check=False)
    if result.returncode:
        raise ToolError(f"adb devices failed: exit code {result.returncode}",
                        [("says", result.stderr.strip()[-400:] or "nothing")], "adb kill-server")
    rows = (line.split("\t") for line in result.stdout.splitlines()[1:] if "\t" in line)
    return {serial: state.strip() for serial, state in rows}
