"""Java and Kotlin sources -> classes.jar.

The logic is Java's; the class that a user names is compiled from Kotlin where kotlinc is installed, with nullability,
names of arguments and KDoc, else from Java, with the same methods. Either way it runs on every Android.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from toolchain.aar import archive
from toolchain.errors import ToolError

JAVA_HOW = "apt install default-jdk-headless (Debian, Ubuntu), or any JDK from 8 on"
KOTLIN_HOW = "kotlinc on PATH, or KOTLIN_HOME; npm install kotlin-compiler is one way to get it"


@dataclass(frozen=True)
class Tools:
    """Commands of the compilers; ``kotlinc`` None where there is none."""

    javac: str
    kotlinc: str | None


def find() -> Tools | None:
    """Return the compilers of this machine; None without javac."""
    home = os.environ.get("JAVA_HOME")
    javac = shutil.which("javac", path=str(Path(home) / "bin")) if home else shutil.which("javac")
    return None if javac is None else Tools(javac, _kotlinc())


def _kotlinc() -> str | None:
    home = os.environ.get("KOTLIN_HOME")
    if not home:  # empty: there is to be no Kotlin
        return shutil.which("kotlinc") if home is None else None
    path = Path(home) / "bin" / "kotlinc"
    if not path.is_file():
        raise ToolError(
            "KOTLIN_HOME names a folder without Kotlin's compiler",
            [("KOTLIN_HOME", home), ("looked for", str(path))],
            "unset KOTLIN_HOME: Java's classes will do",
        )
    return str(path)


def folders(tools: Tools) -> tuple[str, str]:
    """Return the folders of the sources that are compiled, Java's first."""
    return ("java", "kotlin" if tools.kotlinc is not None else "java-facade")


def jar(sources: Mapping[str, str], tools: Tools, module: str, kotlin: str) -> bytes:
    """Return classes.jar of the files below ``folders``; ``kotlin`` is the oldest Kotlin that is to read them: ``2.1``.

    Raises ToolError when a compiler fails.
    """
    with tempfile.TemporaryDirectory(prefix="toolchain-classes-") as name:
        folder = Path(name)
        classes = folder / "classes"
        classes.mkdir()
        parts = folders(tools)[:1] if tools.kotlinc is not None else folders(tools)
        options = ["--release", "8", "-Xlint:-options", "-g", "-encoding", "UTF-8"]
        _run([tools.javac, *options, "-d", str(classes), *_write(sources, parts, folder)])
        if tools.kotlinc is not None:
            options = [
                "-language-version",
                kotlin,
                "-api-version",
                kotlin,
                "-jvm-target",
                "1.8",
                "-Xsuppress-version-warnings",
                "-Xexplicit-api=strict",
                "-no-reflect",
                "-cp",
                str(classes),
            ]
            command = ["bash", tools.kotlinc, *options, "-module-name", module, "-d", str(classes)]
            _run([*command, *_write(sources, ["kotlin"], folder)])
        found = {p.relative_to(classes).as_posix(): p.read_bytes() for p in classes.rglob("*") if p.is_file()}
        archive.write(folder / "classes.jar", found)
        return (folder / "classes.jar").read_bytes()


def _write(sources: Mapping[str, str], parts: Sequence[str], folder: Path) -> list[str]:
    paths = []
    for name, text in sorted(sources.items()):
        if name.split("/", 1)[0] in parts:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            paths.append(str(path))
    return paths


def _run(command: Sequence[str]) -> None:
    result = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    if result.returncode:
        lines = (result.stderr or result.stdout).strip().splitlines()
        raise ToolError(
            f"{Path(command[0]).name} failed compiling the classes: exit code {result.returncode}",
            [("says", "\n".join(lines[:12]) or "nothing"), ("command", " ".join(command[:8]))],
            "another version of the compiler",
        )
