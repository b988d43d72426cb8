"""From a project to an AAR, and the build on a phone: a stub whose programs run under qemu-aarch64."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.runners import phones


def test_build_verify_and_profile(run: Run, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if shutil.which("javac") is None or shutil.which("qemu-aarch64") is None:
        pytest.skip("javac or qemu-aarch64 is not installed")
    monkeypatch.setenv("KOTLIN_HOME", "")
    build = tmp_path / "build"
    options = ("--target", "android-arm64", "--vectors", "4", "--latency", "20ms", "--flash", "1MiB")
    made = run("build", "--project", project, "-o", build, *options)
    assert made.code == 0, made.err
    assert "note: the classes of tiny.aar are Java's" in made.err
    assert {p.name for p in build.iterdir()} >= {"tiny.aar", "libtiny.so", "tiny_bench", "maven", "model.tflite", "src"}
    with zipfile.ZipFile(build / "tiny.aar") as archive:
        abis = {name.split("/")[1] for name in archive.namelist() if name.startswith("jni/")}
        header = archive.read("prefab/modules/tiny/libs/android.arm64-v8a/include/tiny.h").decode()
    assert abis == {"arm64-v8a", "armeabi-v7a", "x86", "x86_64"}
    assert header == (build / "src/tiny.h").read_text()
    size = json.loads((build / "report.json").read_text())["size"]
    library = (build / "libtiny.so").stat().st_size
    assert (size["flash_bytes"], size["library"]) == (library, "libtiny.so of arm64-v8a")
    assert size["weights_bytes"] + size["code_bytes"] == library
    assert f" {library / 1024:.1f} KiB of 1024.0 KiB" in made.out

    phone = phones.install(tmp_path / "phone", monkeypatch)
    verified = run("verify", build, "--adb", "--json")
    assert verified.code == 0, verified.err
    result = json.loads(verified.out)
    assert (result["runner"], result["vectors"], result["differing_elements"]) == ("adb", 4, 0)
    profiled = json.loads(run("profile", "--adb", "PHONE1", build, "--runs", "3", "--json").out)
    assert (profiled["runner"], profiled["source"], profiled["runs"]) == ("adb", "measured", 3)
    assert profiled["phone"]["thermal"] == "light before, light after" and len(profiled["layers"]) > 1
    table = run("profile", "--adb", build)
    assert "pinned to 2, up to 2.84 GHz" in table.out and "median of 20 runs" in table.out
    assert "of 20.00 ms: kept" in table.out

    phone.set("states", "PHONE1=unauthorized")
    refused = run("verify", build, "--adb")
    assert refused.code == 5 and "has not allowed this computer" in refused.err

    phone.set("states", "PHONE1=device")
    (build / "tiny_bench").replace(build / "firmware.elf")  # stripped: a phone does not mind
    assert run("verify", "--adb", build, "--quiet").code == 0
