"""The archive itself, and its place in a Maven repository.

Source: Android developers' guide, "Anatomy of an AAR file"; google/prefab, "Package format" (schema version 2); Maven,
        "Maven repository layout". Android's package manager loads libraries from an APK without a copy when they are
        stored at a multiple of the page size; Gradle keeps what the AAR has.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from toolchain.aar import archive, classes
from toolchain.maven import numbers

PAGE_BYTES = 16384
REPOSITORY = "maven"
_SOURCES = "android/"
_ABI_NDK = 21  # prefab wants the NDK's version; any can use a C interface


@dataclass(frozen=True)
class Library:
    """The shared library of one ABI, and the text of its NAME.h: the size of the arena is that ABI's."""

    path: Path
    header: str


@dataclass(frozen=True)
class Package:
    """What was packed: ``aar`` None where it could not be, and ``notes`` say why and what else is missing."""

    aar: Path | None
    notes: tuple[str, ...] = ()


def pack(files: Mapping[str, str], name: str, api: int, libraries: Mapping[str, Library], folder: Path) -> Package:
    """Write ``NAME.aar`` and the Maven repository ``maven/`` below ``folder``.

    ``files`` are those of the source tree, ``libraries`` has one for each ABI, by Android's name, ``api`` the
    oldest version of Android. Raises ToolError when a compiler of classes fails.
    """
    tools = classes.find()
    if tools is None:
        return Package(None, (f"no {name}.aar: javac is not installed ({classes.JAVA_HOW})",))
    sources = {n.removeprefix(_SOURCES): text for n, text in files.items() if n.startswith(_SOURCES)}
    pom = ElementTree.fromstring(sources["pom.xml"])
    group, artifact, version = (pom.findtext(f"{{*}}{tag}") or "" for tag in ("groupId", "artifactId", "version"))
    kotlin = (pom.findtext(".//{*}dependency/{*}version") or "").rpartition(".")[0]
    entries = {n.removeprefix("aar/"): text.encode() for n, text in sources.items() if n.startswith("aar/")}
    entries |= {"classes.jar": classes.jar(sources, tools, name, kotlin), "R.txt": b""}
    entries |= {f"jni/{abi}/{library.path.name}": library.path.read_bytes() for abi, library in libraries.items()}
    entries |= _prefab(name, version, api, libraries)
    path = folder / f"{name}.aar"
    stored = {n: PAGE_BYTES if n.endswith(".so") else 4 for n in entries if n.endswith((".so", ".jar"))}
    archive.write(path, entries, stored=stored)
    base = folder.joinpath(REPOSITORY, *group.split("."), artifact, version, f"{artifact}-{version}")
    base.parent.mkdir(parents=True)
    shutil.copy(path, f"{base}.aar")
    Path(f"{base}.pom").write_text(sources["pom.xml"], encoding="utf-8")
    compiled = tuple(f"{part}/" for part in classes.folders(tools))
    shown = {n.split("/", 1)[1]: text.encode() for n, text in sources.items() if n.startswith(compiled)}
    archive.write(Path(f"{base}-sources.jar"), shown)
    if tools.kotlinc is None:
        return Package(path, (f"the classes of {name}.aar are Java's, not Kotlin's: no {classes.KOTLIN_HOW}",))
    return Package(path)


def _prefab(name: str, version: str, api: int, libraries: Mapping[str, Library]) -> dict[str, bytes]:
    """Return the entries for C and C++ users: of each ABI its NAME.h, and its library with what it needs."""
    module = f"prefab/modules/{name}"
    entries = {
        "prefab/prefab.json": _json(
            {"schema_version": 2, "name": name, "version": numbers(version), "dependencies": []}
        ),
        f"{module}/module.json": _json({"export_libraries": [], "library_name": f"lib{name}"}),
    }
    for abi, library in libraries.items():
        place = f"{module}/libs/android.{abi}"
        entries[f"{place}/include/{name}.h"] = library.header.encode()
        entries[f"{place}/{library.path.name}"] = library.path.read_bytes()
        entries[f"{place}/abi.json"] = _json({"abi": abi, "api": api, "ndk": _ABI_NDK, "stl": "none", "static": False})
    return entries


def _json(value: object) -> bytes:
    return (json.dumps(value, indent=2) + "\n").encode()
