"""What an AAR holds and how, and what is said where it cannot be made."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.aar import models
from tests.emit.models import MODELS
from toolchain import aar
from toolchain.maven import Coordinates

FRAMEWORK = Path("/usr/share/android-framework-res/framework-res.apk")


@pytest.fixture
def package(packages: Mapping[str, aar.Package]) -> aar.Package:
    """Return the package of a model of two inputs."""
    return packages["branches"]


def test_contents(package: aar.Package) -> None:
    assert package.aar is not None
    with zipfile.ZipFile(package.aar) as archive:
        names = archive.namelist()
        assert {
            "AndroidManifest.xml",
            "classes.jar",
            "R.txt",
            "proguard.txt",
            "jni/x86_64/libbranches.so",
            "META-INF/com/android/build/gradle/aar-metadata.properties",
            "prefab/prefab.json",
            "prefab/modules/branches/module.json",
            "prefab/modules/branches/libs/android.x86_64/include/branches.h",
            "prefab/modules/branches/libs/android.x86_64/libbranches.so",
            "prefab/modules/branches/libs/android.x86_64/abi.json",
        } == set(names)
        assert archive.testzip() is None
        for info in archive.infolist():
            if info.filename.endswith(".so"):
                with package.aar.open("rb") as file:  # the length of the extra field may differ from the directory's
                    file.seek(info.header_offset + 26)
                    lengths = file.read(4)
                name, extra = int.from_bytes(lengths[:2], "little"), int.from_bytes(lengths[2:], "little")
                assert info.compress_type == zipfile.ZIP_STORED
                assert (info.header_offset + 30 + name + extra) % 16384 == 0


def test_group_and_version_are_the_projects(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KOTLIN_HOME", "")
    package = models.packed("branches", tmp_path, maven=Coordinates("com.example.my_models", "1.2.0-beta"))
    assert package.aar is not None
    place = tmp_path / "maven/com/example/my_models/branches/1.2.0-beta"
    pom = (place / "branches-1.2.0-beta.pom").read_text()
    assert "<groupId>com.example.my_models</groupId>" in pom and "<version>1.2.0-beta</version>" in pom
    with zipfile.ZipFile(package.aar) as archive:
        assert '"version": "1.2.0"' in archive.read("prefab/prefab.json").decode(), "prefab takes numbers alone"
        assert b'package="com.example.my_models.branches"' in archive.read("AndroidManifest.xml")
    native = models.tree_of("branches", "android-x86_64", Coordinates("com.example.my_models")).files
    assert "Java_com_example_my_1models_branches_Session_" in native["android/jni/branches_jni.c"]


def test_folder_is_a_maven_repository(package: aar.Package) -> None:
    assert package.aar is not None
    place = package.aar.parent / "maven/toolchain/models/branches/1.0"
    assert (place / "branches-1.0.aar").read_bytes() == package.aar.read_bytes()
    pom = (place / "branches-1.0.pom").read_text()
    assert "<packaging>aar</packaging>" in pom and "<groupId>toolchain.models</groupId>" in pom
    with zipfile.ZipFile(place / "branches-1.0-sources.jar") as archive:
        assert "toolchain/models/branches/Branches.java" in archive.namelist()


def test_same_input_same_bytes(package: aar.Package, tmp_path: Path) -> None:
    assert package.aar is not None
    files = models.tree_of("branches", "android-x86_64").files
    library = aar.Library(package.aar.parent / "build" / "libbranches.so", files["src/branches.h"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KOTLIN_HOME", "")
        again = aar.pack(files, "branches", models.API, {"x86_64": library}, tmp_path)
    assert again.aar is not None and again.aar.read_bytes() == package.aar.read_bytes()


def test_without_kotlin_the_note_says_so(package: aar.Package) -> None:
    (note,) = package.notes
    assert "Java's, not Kotlin's" in note and "KOTLIN_HOME" in note


def test_without_a_jdk_there_is_no_aar_and_the_note_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    package = aar.pack({}, "tiny", models.API, {}, tmp_path)
    assert package.aar is None and "javac is not installed" in package.notes[0]
    assert not list(tmp_path.iterdir())


def test_aapt2_accepts_the_manifest(package: aar.Package, tmp_path: Path) -> None:
    if shutil.which("aapt2") is None or not FRAMEWORK.is_file():
        pytest.skip("aapt2 or its framework is not installed")
    folder = models.unpacked(package, tmp_path / "aar")
    manifest, app = folder / "AndroidManifest.xml", tmp_path / "app.apk"
    models.run(["aapt2", "link", "-I", str(FRAMEWORK), "--manifest", str(manifest), "-o", str(app)])
    printed = models.run(["aapt2", "dump", "badging", str(app)])
    assert "package: name='toolchain.models.branches'" in printed and "sdkVersion:'21'" in printed


@pytest.mark.parametrize("part", ["java", "kotlin"])
def test_names_that_need_care(part: str) -> None:
    """Names of tensors that end a comment, or are no identifiers, print as something harmless."""
    text = "".join(t for n, t in models.tree_of("convolutions", "android-x86_64").files.items() if f"/{part}" in n)
    assert "image */" not in text.replace("image * /", "") and "imageData" in text


def test_java_compiles_without_a_warning(tmp_path: Path) -> None:
    if shutil.which("javac") is None:
        pytest.skip("javac is not installed")
    files = {n: text for name in MODELS for n, text in models.tree_of(name, "android-x86_64").files.items()}
    paths = [tmp_path / name for name in files if name.endswith(".java")]
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(files[path.relative_to(tmp_path).as_posix()])
    options = ["--release", "8", "-Xlint:all,-options", "-Xdoclint:syntax", "-Werror"]
    models.run(["javac", *options, "-d", str(tmp_path), *map(str, paths)])
