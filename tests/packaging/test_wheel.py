"""The wheel, installed where the checkout is not importable, builds an example."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LIMIT_BYTES = 2_000_000


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return next(folder.glob("edge_toolchain-*.whl"))


def test_wheel_is_small_and_carries_its_data(wheel: Path) -> None:
    assert wheel.stat().st_size < LIMIT_BYTES
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    data = "toolchain/_data"
    assert {
        f"{data}/codegen_templates/common/tc_numerics.h",
        f"{data}/targets/cores/cortex-m4.toml",
        f"{data}/targets/linker/cortex-m.ld.j2",
        "toolchain/report/schema.json",
        "toolchain/report/report.html.j2",
        "toolchain/cli/_new/toolchain.toml.txt",
    } <= names
    checked_in = subprocess.run(
        ["git", "ls-files", "codegen_templates", "targets"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert {f"{data}/{name}" for name in checked_in.stdout.split()} <= names
    assert not [n for n in names if "__pycache__" in n or n.startswith("tests/")]


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the bin folder of a new environment with the wheel; the packages that it needs come from this one's."""
    folder = tmp_path_factory.mktemp("environment") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    python = folder / "bin" / "python"
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", python, "install", "-q", "--no-deps", "--no-index", wheel], check=True
    )
    site = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True,
        text=True,
        check=True,
    )
    # searched after the environment's own; its own .pth files (the editable checkout) are not read
    (Path(site.stdout.strip()) / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python.parent


def _run(program: Path, *arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "TOOLCHAIN_"))}
    return subprocess.run(
        [program, *map(str, arguments)], cwd=cwd, capture_output=True, text=True, env=environment, check=False
    )


def test_the_installed_package_is_the_wheel(installed: Path, tmp_path: Path) -> None:
    found = _run(
        installed / "python",
        "-c",
        "import toolchain; from toolchain import resources; print(toolchain.__file__); print(resources.targets())",
        cwd=tmp_path,
    )
    module, data = found.stdout.split()
    assert Path(module).is_relative_to(installed.parent)
    assert Path(data).is_relative_to(installed.parent)


def test_an_example_builds_outside_the_checkout(installed: Path, tmp_path: Path) -> None:
    shutil.copytree(
        ROOT / "examples" / "digits", tmp_path / "digits", ignore=shutil.ignore_patterns("build", "__pycache__")
    )
    result = _run(
        installed / "toolchain",
        "build",
        "--target",
        "cortex-m4",
        "--compiler",
        "zig",
        "--json",
        cwd=tmp_path / "digits",
    )
    assert result.returncode == 0, result.stderr
    report = json.loads(result.stdout)
    assert report["verification"]["differing_elements"] == 0
    assert report["target"]["compiler"].startswith("zig")
    assert report["budget"]["met"]
    for path in (tmp_path / "digits" / "build" / "cortex-m4").rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert str(ROOT).encode() not in content, path
            assert str(tmp_path).encode() not in content, path
