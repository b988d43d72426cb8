"""Shared libraries for Android: the same exports from every compiler, and bad ones are refused with the reason."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

from tests.aar import models
from toolchain import compilers, targets
from toolchain.compilers import library_check, shared_library
from toolchain.errors import TargetError, ToolError

GOOD = [
    "-shared",
    "-fPIC",
    "-nostdlib",
    "-Wl,-soname,libbad.so",
    "-Wl,-z,max-page-size=16384",
    "-Wl,--hash-style=both",
    "-Wl,-z,noexecstack",
]
USES = {  # name: what the library does wrong, how it is linked, what must be said
    "symbol": (
        "int backtrace(void **, int); int f(void) { return backtrace(0, 0); }",
        [],
        "undefined symbol backtrace",
    ),
    "alignment": ("int f(void) { return 1; }", ["-Wl,-z,max-page-size=4096"], "aligned to 4096 bytes"),
    "soname": ("int f(void) { return 1; }", ["-Wl,-soname,libother.so"], "SONAME libother.so, expected libbad.so"),
    "hash": ("int f(void) { return 1; }", ["-Wl,--hash-style=gnu"], "no DT_HASH"),
    "gnu hash": ("int f(void) { return 1; }", ["-Wl,--hash-style=sysv"], "no DT_GNU_HASH"),
    "needed": ("double cbrt(double); double f(double x) { return cbrt(x); }", ["-lm"], "needs libm.so.6"),
    "thread-local": ("static __thread int seen; int f(void) { return ++seen; }", [], "thread-local storage: seen"),
    "stack": ("int f(void) { return 1; }", ["-Wl,-z,execstack"], "the stack is executable"),
    "writable code": ("int f(void) { return 1; }", ["-Wl,-N"], "writable and executable"),
    "text relocations": (
        'int g(void); int f(void) { return 1; } __asm__(".text\\n.quad f\\n");',
        ["-Wl,-z,notext"],
        "text relocations",
    ),
}


@pytest.mark.parametrize("use", USES)
def test_bad_library_is_refused(use: str, tmp_path: Path) -> None:
    if shutil.which("gcc") is None:
        pytest.skip("gcc is not installed")
    source, options, problem = USES[use]
    path = tmp_path / "libbad.so"
    subprocess.run(["gcc", *GOOD, "-x", "c", "-", *options, "-o", str(path)], input=source, text=True, check=True)
    with pytest.raises(ToolError, match="cannot be loaded on every Android device") as caught:
        library_check.check(path, "libbad.so")
    assert problem in str(caught.value)


def test_what_is_no_library_is_refused(tmp_path: Path) -> None:
    (tmp_path / "libbad.so").write_bytes(b"nothing")
    with pytest.raises(ToolError, match="cannot be loaded"):
        library_check.check(tmp_path / "libbad.so", "libbad.so")


@pytest.mark.parametrize(
    ("compiler", "target"),
    [("zig", "android-arm64"), ("clang", "android-arm64"), ("clang", "android-armv7"), ("gcc", "android-x86_64")],
)
def test_every_compiler_makes_a_library_that_passes(compiler: str, target: str, tmp_path: Path) -> None:
    path = models.library("branches", target, tmp_path, compiler)
    with path.open("rb") as file:
        symbols = ELFFile(file).get_section_by_name(".dynsym").iter_symbols()
        exported = {s.name for s in symbols if s["st_shndx"] != "SHN_UNDEF"} - {""}
    methods = {"identity", "memoryBytes", "inputOffset", "outputOffset", "quantize", "dequantize", "infer"}
    assert exported == {f"Java_toolchain_models_branches_Session_{m}" for m in methods} | {
        f"branches_{name}" for name in ("hash", "input", "output", "run", "run_layer")
    }


def test_a_library_for_armv7_has_neon_and_passes_floats_as_android_does(tmp_path: Path) -> None:
    """In core registers: the ABI of armeabi-v7a is that of processors without floating point."""
    with models.library("branches", "android-armv7", tmp_path, "zig").open("rb") as file:
        elf = ELFFile(file)
        found = elf.get_section_by_name(".ARM.attributes").iter_subsections()
        attributes = {a.tag: a.value for part in found for block in part.iter_subsubsections()
                      for a in block.iter_attributes()}
    assert attributes["TAG_ADVANCED_SIMD_ARCH"] == 1
    assert attributes.get("TAG_ABI_VFP_ARGS", 0) == 0


def test_symbol_that_android_does_not_have_is_named(tmp_path: Path) -> None:
    """What a model may call is limited by the link: here a function that calls something else."""
    tree, run = models.tree_of("branches", "android-arm64"), "void branches_run(void *arena)\n{"
    assert run in tree.files["src/branches.c"]
    text = tree.files["src/branches.c"].replace(run, f"void elsewhere(void);\n\n{run}\n    elsewhere();")
    bad = replace(tree, files={**tree.files, "src/branches.c": text})
    compiler = compilers.find("zig", targets.load("android-arm64"))
    with pytest.raises(ToolError, match=r"linking libbranches\.so") as caught:
        shared_library.build(compiler, bad, tmp_path, "branches")
    assert "undefined symbol: elsewhere" in str(caught.value)


@pytest.fixture
def ndk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Return where an NDK's clang is looked for; what lies there is not an NDK's, only in its place."""
    if shutil.which("clang") is None:
        pytest.skip("clang is not installed")
    path = tmp_path / "toolchains/llvm/prebuilt/linux-x86_64/bin/clang"
    path.parent.mkdir(parents=True)
    path.symlink_to(str(shutil.which("clang")))
    monkeypatch.setenv("ANDROID_NDK_HOME", str(tmp_path))
    return path


def test_ndk_is_preferred_where_it_is(ndk: Path) -> None:
    found = compilers.find(None, targets.load("android-arm64"))
    assert found.command == (str(ndk),) and found.version.startswith("ndk ")
    assert found.target_flags()[0] == "--target=aarch64-linux-android21"
    assert compilers.find(None, targets.load("linux-arm64")).kind == "zig"


def test_ndk_that_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ANDROID_NDK_HOME", str(tmp_path))
    with pytest.raises(ToolError, match="ANDROID_NDK_HOME names a folder without an NDK"):
        compilers.find(None, targets.load("android-arm64"))
    monkeypatch.delenv("ANDROID_NDK_HOME")
    with pytest.raises(ToolError, match="the NDK is not installed"):
        compilers.find("ndk", targets.load("android-arm64"))
    with pytest.raises(TargetError, match="makes nothing for cortex-m4"):
        compilers.find("ndk", targets.load("cortex-m4"))
