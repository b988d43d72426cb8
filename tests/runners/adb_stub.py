"""adb of a phone that is a folder: its shell is this computer's, and its programs run below qemu-aarch64.

Environment: STUB_ROOT the folder; STUB_STATES ``SERIAL=state,...``; STUB_CPU the processor; STUB_FULL ``push`` or
``run``: when the phone's disk is full.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(os.environ["STUB_ROOT"])
STATES = dict(pair.split("=") for pair in os.environ["STUB_STATES"].split(",") if pair)
PLACE = "/data/local/tmp"


def main(arguments: list[str]) -> int:
    if arguments == ["devices"]:
        print("List of devices attached")
        for serial, state in STATES.items():
            print(f"{serial}\t{state}")
        return 0
    serial, verb, *rest = arguments[1:]
    if STATES.get(serial) != "device":
        print(f"adb: device {serial} not found" if serial not in STATES else f"error: device {STATES[serial]}",
              file=sys.stderr)
        return 1
    with (ROOT / "log").open("a") as log:
        log.write(" ".join([verb, *rest]) + "\n")
    return {"shell": shell, "push": push, "pull": pull}[verb](*rest)


def here(path: str) -> str:
    return path.replace(PLACE, str(ROOT / "tmp"))


def push(local: str, remote: str) -> int:
    if os.environ.get("STUB_FULL") == "push":
        print(f"adb: error: failed to copy '{local}': remote write failed: No space left on device", file=sys.stderr)
        return 1
    shutil.copy(local, here(remote))
    return 0


def pull(remote: str, local: str) -> int:
    shutil.copy(here(remote), local)
    return 0


def shell(command: str) -> int:
    if os.environ.get("STUB_FULL") == "run" and " run " in command:
        command = command.replace("&& ", "&& ln -sf /dev/full out && ", 1)
    command = here(command).replace("./bench", f"qemu-aarch64 -cpu {os.environ['STUB_CPU']} ./bench")
    command = command.replace("/proc/cpuinfo", f"{ROOT}/cpuinfo").replace("/sys/devices/system/cpu", f"{ROOT}/cpus")
    path = f"{ROOT}/bin:{os.environ['PATH']}"
    return subprocess.run(["sh", "-c", command], env={**os.environ, "PATH": path}, stderr=subprocess.STDOUT,
                          check=False).returncode


sys.exit(main(sys.argv[1:]))
