"""What a compiler's name stands for, and what is said when it is not there."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from toolchain import compilers, targets
from toolchain.compilers import zig
from toolchain.errors import ToolError, UsageError

M4, HOST = targets.load("cortex-m4"), targets.load("host")


@pytest.fixture
def empty_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.mark.parametrize(("name", "kind", "label"), [("zig", "zig", "zig "), ("gcc", "gcc", "arm-none-eabi-gcc "),
                                                     ("clang", "clang", "clang ")])
def test_names(name: str, kind: str, label: str) -> None:
    if name != "zig" and shutil.which({"gcc": "arm-none-eabi-gcc"}.get(name, name)) is None:
        pytest.skip(f"{name} is not installed")
    found = compilers.find(name, M4)
    assert found.kind == kind and found.version.startswith(label) and found.version[-1].isdigit()


def test_path_of_a_compiler() -> None:
    path = shutil.which("arm-none-eabi-gcc")
    if path is None:
        pytest.skip("arm-none-eabi-gcc is not installed")
    assert compilers.find(path, M4).kind == "gcc"
    assert compilers.find("arm-none-eabi-gcc", M4).command == (path,)


def test_path_of_a_compiler_for_another_machine() -> None:
    path = shutil.which("gcc")
    if path is None:
        pytest.skip("gcc is not installed")
    with pytest.raises(ToolError, match="not for cortex-m4"):
        compilers.find(path, M4)


@pytest.mark.usefixtures("empty_path")
def test_default_on_a_fresh_machine_is_zig() -> None:
    assert compilers.find(None, M4).kind == "zig"
    assert compilers.find(None, HOST).kind == "zig"


@pytest.mark.usefixtures("empty_path")
@pytest.mark.parametrize(("name", "target", "looked_for"), [
    ("gcc", M4, "arm-none-eabi-gcc on PATH"), ("gcc", HOST, "gcc or cc on PATH"), ("clang", M4, "clang on PATH")])
def test_missing_compiler_says_how_to_get_it(name: str, target: targets.Target, looked_for: str) -> None:
    with pytest.raises(ToolError) as caught:
        compilers.find(name, target)
    assert caught.value.exit_code == 5
    assert looked_for in str(caught.value) and "install" in str(caught.value) and "ziglang" in str(caught.value)


@pytest.mark.usefixtures("empty_path")
def test_no_compiler_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "meta_path", [])
    monkeypatch.delitem(sys.modules, "ziglang", raising=False)
    assert zig.executable() is None
    with pytest.raises(ToolError, match=r"no compiler for cortex-m4 is installed[\s\S]*pip install ziglang"):
        compilers.find(None, M4)


def test_unknown_name_lists_the_valid_ones() -> None:
    with pytest.raises(UsageError) as caught:
        compilers.find("gc", M4)
    assert "gcc" in str(caught.value) and "clang" in str(caught.value) and "zig" in str(caught.value)


@pytest.mark.parametrize("content", [None, "not a program"])
def test_path_that_is_no_compiler(content: str | None, tmp_path: Path) -> None:
    path = tmp_path / "my-gcc"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ToolError, match="does not exist" if content is None else "is not an executable file"):
        compilers.find(str(path), M4)


def test_program_that_is_no_compiler() -> None:
    for name in ("true", "false"):  # the one answers --version, the other may not
        with pytest.raises(ToolError, match="neither gcc, clang nor zig"):
            compilers.find(shutil.which(name) or f"/bin/{name}", M4)
