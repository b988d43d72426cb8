"""The classes and the x86_64 library of an AAR in a JVM of this computer, with every check of JNI on."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.aar import models
from toolchain import aar

LEAST_HEAP = ["-Xmx24m", "-XX:MaxDirectMemorySize=4m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]


@pytest.fixture(scope="module")
def java_only(packages: Mapping[str, aar.Package], tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Return the unpacked AARs of two models, with Java's classes."""
    return [models.unpacked(package, tmp_path_factory.mktemp(name)) for name, package in packages.items()]


def _run_in_jvm(unpacked: list[Path], folder: Path, *extra_classes: str) -> str:
    """Compile and run JvmTest against the AARs' own classes.jar; return what it and the JVM print."""
    for name in ("branches", "everything"):
        models.write_vectors(name, folder)
    classes = os.pathsep.join([*(str(path / "classes.jar") for path in unpacked), *extra_classes])
    models.run(["javac", "-cp", classes, "-d", str(folder), str(Path(__file__).with_name("JvmTest.java"))])
    libraries = os.pathsep.join(str(path / "jni" / "x86_64") for path in unpacked)
    return models.run(
        [
            "java",
            "-Xcheck:jni",
            *LEAST_HEAP,
            f"-Djava.library.path={libraries}",
            "-cp",
            f"{folder}{os.pathsep}{classes}",
            "JvmTest",
            str(folder),
        ],
        _c_library(folder),
    )


def _c_library(folder: Path) -> dict[str, str]:
    """Return an environment in which libc.so and libm.so, as Android calls them, are this computer's."""
    for name in ("libc", "libm"):
        found = next(
            p
            for p in (Path("/lib/x86_64-linux-gnu"), Path("/lib64"), Path("/usr/lib"))
            if (p / f"{name}.so.6").exists()
        )
        (folder / f"{name}.so").symlink_to(found / f"{name}.so.6")
    return {**os.environ, "LD_LIBRARY_PATH": str(folder)}


def test_java_classes(java_only: list[Path], tmp_path: Path) -> None:
    printed = _run_in_jvm(java_only, tmp_path)
    assert "all passed" in printed
    assert "WARNING in native method" not in printed and "FATAL" not in printed, printed


def test_kotlin_classes(java_only: list[Path], tmp_path: Path) -> None:
    """The same program, one of its models compiled from Kotlin: for Java the classes are the same."""
    if shutil.which("kotlinc") is None and not os.environ.get("KOTLIN_HOME"):
        pytest.skip("kotlinc is not installed")
    (tmp_path / "run").mkdir()
    package = models.packed("everything", tmp_path)
    assert package.notes == ()
    unpacked = models.unpacked(package, tmp_path / "aar")
    assert "all passed" in _run_in_jvm([java_only[0], unpacked], tmp_path / "run", _kotlin_library())
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
    environment = _c_library(tmp_path)
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
