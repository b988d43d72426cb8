"""Finds the compiler that a name, a path or the lack of both stands for."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from toolchain.compilers import ndk, zig
from toolchain.compilers.base import Compiler
from toolchain.compilers.clang import Clang
from toolchain.compilers.gcc import Gcc
from toolchain.compilers.ndk import Ndk
from toolchain.compilers.zig import Zig
from toolchain.errors import TargetError, ToolError, UsageError, unknown_name
from toolchain.targets import Target

NAMES = ("gcc", "clang", "zig", "ndk")
KINDS: Mapping[str, type[Compiler]] = {"gcc": Gcc, "clang": Clang, "zig": Zig, "ndk": Ndk}

_HOW = {
    "gcc": "apt install gcc-arm-none-eabi (Debian, Ubuntu), brew install --cask gcc-arm-embedded (macOS)",
    "host": "apt install gcc (Debian, Ubuntu), xcode-select --install (macOS)",
    "clang": "apt install clang (Debian, Ubuntu), brew install llvm (macOS)",
}


def find(name: str | None, target: Target) -> Compiler:
    """Return the compiler for a target: ``gcc``, ``clang``, ``zig``, a path or command, or the preferred one for None.

    Preferred: GCC (arm-none-eabi-gcc; gcc or cc for the host) where it is installed, else zig; for the ABI of another
    computer zig, which brings a C library to link with, for Android the NDK that ANDROID_NDK_HOME names. Raises
    ToolError (exit code 5) that says what was looked for and how to get it, UsageError for a name that is none of them.
    """
    if name is None:
        path = _gcc_path(target)
        if target.core.android is not None and (found := ndk.executable()) is not None:
            return _make("ndk", (found,), target)
        if _is_foreign(target) and zig.executable() is not None:
            return _zig(target)
        return _make("gcc", (path,), target) if path else _zig(target)
    if name == "zig":
        return _zig(target)
    if name == "gcc":
        return _make("gcc", (_gcc_path(target) or _missing("gcc", _gcc_names(target), target),), target)
    if name == "clang":
        return _make("clang", (shutil.which("clang") or _missing("clang", ("clang",), target),), target)
    if name == "ndk":
        return _make("ndk", (ndk.require(target),), target)
    return _by_path(name, target)


def _is_host(target: Target) -> bool:
    return target.core.family == "host"


def _is_foreign(target: Target) -> bool:
    return target.core.foreign


def _gcc_names(target: Target) -> tuple[str, ...]:
    if _is_foreign(target):
        return (target.core.gcc,) if target.core.gcc else ()
    return ("gcc", "cc") if _is_host(target) else ("arm-none-eabi-gcc",)


def _how_gcc(target: Target) -> str:
    if _is_foreign(target):
        return f"apt install gcc-{target.core.gcc.removesuffix('-gcc')} (Debian, Ubuntu)"
    return _HOW["host" if _is_host(target) else "gcc"]


def _gcc_path(target: Target) -> str | None:
    return next((path for path in map(shutil.which, _gcc_names(target)) if path), None)


def _missing(kind: str, looked_for: Sequence[str], target: Target) -> str:
    raise ToolError(f"compiler {kind} for {target.name} is not installed",
                    [("looked for", f"{' or '.join(looked_for)} on PATH")],
                    [_how_gcc(target) if kind == "gcc" else _HOW[kind],
                     "--compiler zig (pip install ziglang)"])


def _zig(target: Target) -> Compiler:
    path = zig.executable()
    if path is None:
        gcc = " or ".join(_gcc_names(target))
        raise ToolError(f"no compiler for {target.name} is installed",
                        [("looked for", f"{gcc} on PATH, the Python package ziglang, zig on PATH")],
                        ["pip install ziglang", _how_gcc(target)])
    return _make("zig", (path, "cc"), target)


def _by_path(name: str, target: Target) -> Compiler:
    path = shutil.which(name)
    if path is None:
        if "/" not in name and "\\" not in name:
            raise UsageError(*unknown_name("compiler", name, NAMES, option="--compiler"))
        problem = "is not an executable file" if Path(name).exists() else "does not exist"
        raise ToolError(f"compiler {name} {problem}", [("valid", f"{', '.join(NAMES)}, or the path of a compiler")])
    text = _answer((path, "--version")) or ""
    if "clang" in text:
        return _make("clang", (path,), target)
    if "Free Software Foundation" in text and re.search(r"\b(gcc|GCC)\b", text):
        machine = (_answer((path, "-dumpmachine")) or "").strip()
        wanted = target.core.gcc.split("-")[0] if _is_foreign(target) else "arm"
        if not _is_host(target) and not machine.startswith(wanted):
            raise ToolError(f"compiler {name} makes code for {machine}, not for {target.name}", hints=_how_gcc(target))
        return _make("gcc", (path,), target)
    if Path(path).stem.startswith("zig"):
        return _make("zig", (path, "cc"), target)
    raise ToolError(f"compiler {name} is neither gcc, clang nor zig", [("--version", text.strip() or "no answer")])


def _answer(command: tuple[str, ...]) -> str | None:
    try:
        result = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return result.stdout if result.returncode == 0 else None


def _make(kind: str, command: tuple[str, ...], target: Target) -> Compiler:
    if not _is_host(target) and kind != "ndk" and kind not in target.core.flags:
        raise TargetError(f"core {target.core.name} has no flags for {kind}",
                          [("where", f"targets/cores/{target.core.name}.toml")])
    asked = (command[0], "version") if kind == "zig" else (command[0], "--version")
    text = _answer(asked)
    if text is None:
        raise ToolError(f"compiler {command[0]} does not run", [("command", " ".join(asked))],
                        "--compiler zig (pip install ziglang)")
    number = re.search(r"\d+\.\d+(\.\d+)?", text)
    label = _gcc_names(target)[0] if kind == "gcc" else kind
    return KINDS[kind](target.core, command, f"{label} {number.group() if number else ''}".strip())
