"""The classes and a library of an AAR in a JVM, with every check of JNI on."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.aar import models
from toolchain import aar

LEAST_HEAP = ["-Xmx24m", "-XX:MaxDirectMemorySize=4m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]


@pytest.fixture(scope="module")
def java_only(packages: Mapping[str, aar.Package], tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Return the unpacked AARs of two models, with Java's classes."""
    return [models.unpacked(package, tmp_path_factory.mktemp(name)) for name, package in packages.items()]


@dataclass(frozen=True)
class Jvm:
    """How a JVM is started, the ABI whose libraries it loads, and the folder of its C library."""

    command: tuple[str, ...]
    abi: str
    c_library: Path


def _here() -> Jvm:
    places = (Path("/lib/x86_64-linux-gnu"), Path("/lib64"), Path("/usr/lib"))
    return Jvm(("java",), "x86_64", next(p for p in places if (p / "libc.so.6").exists()))


def _run_in(jvm: Jvm, unpacked: list[Path], folder: Path, *extra_classes: str) -> str:
    """Compile and run JvmTest against the AARs' own classes.jar; return what it and the JVM print."""
    for name in ("branches", "everything"):
        models.write_vectors(name, folder)
    return _run_program("JvmTest", jvm, unpacked, folder, *extra_classes)


def _run_program(program: str, jvm: Jvm, unpacked: list[Path], folder: Path, *extra_classes: str) -> str:
    """Compile and run a program that lies beside this file; return what it and the JVM print."""
    classes = os.pathsep.join([*(str(path / "classes.jar") for path in unpacked), *extra_classes])
    source = str(Path(__file__).with_name(f"{program}.java"))
    models.run(["javac", "--release", "8", "-Xlint:-options", "-cp", classes, "-d", str(folder), source])
    libraries = os.pathsep.join(str(path / "jni" / jvm.abi) for path in unpacked)
    options = ["-Xcheck:jni", *LEAST_HEAP, f"-Djava.library.path={libraries}"]
    command = [*jvm.command, *options, "-cp", f"{folder}{os.pathsep}{classes}", program, str(folder)]
    return models.run(command, _environment(jvm, folder))


def _environment(jvm: Jvm, folder: Path) -> dict[str, str]:
    """Return an environment in which libc.so and libm.so, as Android calls them, are the JVM's."""
    for name in ("libc", "libm"):
        (folder / f"{name}.so").symlink_to(jvm.c_library / f"{name}.so.6")
    return {**os.environ, "LD_LIBRARY_PATH": str(folder)}


def test_java_classes(java_only: list[Path], tmp_path: Path) -> None:
    _require_clean(_run_in(_here(), java_only, tmp_path))


def _require_clean(printed: str) -> None:
    assert "all passed" in printed
    assert "WARNING in native method" not in printed and "FATAL" not in printed, printed


def test_float_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Numbers go in and come out as they are, by arrays and by buffers."""
    monkeypatch.setenv("KOTLIN_HOME", "")
    unpacked = models.unpacked(models.packed("reals", tmp_path / "package"), tmp_path / "aar")
    (tmp_path / "run").mkdir()
    models.write_vectors("reals", tmp_path / "run")
    _require_clean(_run_program("FloatTest", _here(), [unpacked], tmp_path / "run"))


#: Runs a library's model, unloads it as a JVM does, and prints how many threads the process had at each moment.
LOAD = """
import ctypes, os, sys, _ctypes
def threads():
    print(len(os.listdir("/proc/self/task")))
library = ctypes.CDLL(sys.argv[1])
arena = ctypes.create_string_buffer(int(sys.argv[2]) + 16)
threads()
library.parts_run(ctypes.c_void_p(-(-ctypes.addressof(arena) // 16) * 16))
threads()
library.JNI_OnUnload(None, None)
_ctypes.dlclose(library._handle)
threads()
"""


def test_model_for_several_threads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Several threads of Java's use the pool; its threads end when the library is unloaded."""
    monkeypatch.setenv("KOTLIN_HOME", "")
    unpacked = models.unpacked(models.packed("parts", tmp_path / "package"), tmp_path / "aar")
    folder = tmp_path / "run"
    folder.mkdir()
    models.write_vectors("parts", folder)
    _require_clean(_run_program("ThreadsTest", _here(), [unpacked], folder))

    header = (tmp_path / "package/build/src/parts.h").read_text()
    found = re.search(r"#define parts_ARENA_BYTES (\d+)", header)
    assert found is not None
    library = str(unpacked / "jni" / _here().abi / "libparts.so")
    environment = {**os.environ, "LD_LIBRARY_PATH": str(folder)}
    printed = models.run([sys.executable, "-c", LOAD, library, found[1]], environment)
    assert printed.split() == ["1", "2", "1"]


def test_arm64_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The library that a phone loads, in a JVM for Arm64 below qemu-aarch64: ARM64_JAVA is its ``java``."""
    java, root = os.environ.get("ARM64_JAVA"), Path("/usr/aarch64-linux-gnu")
    if not java or not root.is_dir():
        pytest.skip("no Arm64 JVM: ARM64_JAVA, and the package libc6-arm64-cross")
    monkeypatch.setenv("KOTLIN_HOME", "")
    jvm = Jvm(("qemu-aarch64", "-cpu", "cortex-a76", "-L", str(root), java), "arm64-v8a", root / "lib")
    unpacked = []
    for name in ("branches", "everything"):
        package = models.packed(name, tmp_path / name, "android-arm64")
        unpacked.append(models.unpacked(package, tmp_path / f"{name}-aar"))
    (tmp_path / "run").mkdir()
    _require_clean(_run_in(jvm, unpacked, tmp_path / "run"))


def test_kotlin_classes(packages: Mapping[str, aar.Package], java_only: list[Path], tmp_path: Path) -> None:
    """The same program, one of its models compiled from Kotlin: for Java the classes are the same."""
    if shutil.which("kotlinc") is None and not os.environ.get("KOTLIN_HOME"):
        pytest.skip("kotlinc is not installed")
    (tmp_path / "run").mkdir()
    java = packages["everything"].aar
    assert java is not None
    package = models.packed("everything", tmp_path, native=java.parent / "build" / "libeverything.so")
    assert package.notes == ()
    unpacked = models.unpacked(package, tmp_path / "aar")
    assert "all passed" in _run_in(_here(), [java_only[0], unpacked], tmp_path / "run", _kotlin_library())
    described = models.run(
        ["javap", "-v", "-cp", str(unpacked / "classes.jar"), "toolchain.models.everything.Everything"]
    )
    assert re.search(r"kotlin\.Metadata\(\s*mv=\[2,1,\d+\]", described)


def _kotlin_library() -> str:
    home = os.environ.get("KOTLIN_HOME") or Path(str(shutil.which("kotlinc"))).resolve().parents[1]
    return str(Path(home) / "lib" / "kotlin-stdlib.jar")


def test_library_of_another_build_is_refused(
    packages: Mapping[str, aar.Package], java_only: list[Path], tmp_path: Path
) -> None:
    (tmp_path / "Load.java").write_text(
        "class Load { public static void main(String[] a) { new toolchain.models.branches.Branches(); } }"
    )
    classes = str(java_only[0] / "classes.jar")
    models.run(["javac", "-cp", classes, "-d", str(tmp_path), str(tmp_path / "Load.java")])
    command = ["java", f"-Djava.library.path={tmp_path}", "-cp", f"{tmp_path}{os.pathsep}{classes}", "Load"]
    environment = _environment(_here(), tmp_path)
    with pytest.raises(AssertionError, match=r"libbranches\.so cannot be loaded"):
        models.run(command, environment)
    (tmp_path / "libbranches.so").write_bytes(_other_identity(packages["branches"]))
    with pytest.raises(AssertionError, match="of another build than its classes"):
        models.run(command, environment)


def _other_identity(package: aar.Package) -> bytes:
    """Return the library of a package with another number as its identity."""
    assert package.aar is not None
    build = package.aar.parent / "build"
    literal = re.search(r"INT64_C\((0x[0-9a-f]+)\)", (build / "android/jni/branches_jni.c").read_text())
    assert literal is not None
    number = int(literal[1], 16).to_bytes(8, "little")
    data = (build / "libbranches.so").read_bytes()
    assert data.count(number) == 1
    return data.replace(number, (1).to_bytes(8, "little"))
