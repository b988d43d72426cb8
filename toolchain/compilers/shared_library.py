"""SourceTree -> the model's shared library for one Android ABI, linked without an NDK and checked (library_check.py).

The C library of the phone is not at hand here: its place at the link is taken by a stub with its name and the symbols
that every Android has since API 21. What is not among them cannot be linked.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from toolchain.artifacts import SourceTree
from toolchain.compilers import library_check
from toolchain.compilers.base import OBJECTS, POOL, Compiler, write_sources
from toolchain.errors import TargetError

#: Options of the linker, GNU ld and LLD alike.
LINK = (
    "-z",
    "defs",
    "-z",
    f"max-page-size={library_check.PAGE_BYTES}",
    "-z",
    "noexecstack",
    "-z",
    "relro",
    "-z",
    "now",
    "--hash-style=both",
    "--build-id=none",
    "--gc-sections",
    "--as-needed",
    "--strip-all",
)
COMPILE = ("-fPIC", "-fvisibility=protected", "-fno-stack-protector")
_STUBS = {"libc.so": library_check.LIBC, "libm.so": library_check.LIBM}


def build(compiler: Compiler, tree: SourceTree, folder: Path, name: str) -> Path:
    """Return ``libNAME.so`` of the tree's model, written below ``folder``, for the ABI of the compiler's core.

    It exports the functions of NAME.h and the native methods. Raises ToolError when the compiler fails, or
    for a library that a device would refuse.
    """
    library = _for_library(compiler)
    write_sources(tree, folder)
    shutil.rmtree(folder / OBJECTS, ignore_errors=True)
    objects = library.compile(folder, tree.library, ["src", "android/jni"], extra=(*COMPILE, *library.shared_flags()))
    output = f"lib{name}.so"
    exports = f"{OBJECTS}/exports.map"
    pool = ("threads_start", "threads_stop") if POOL in tree.library else ()
    text = "".join(f"{name}_{s}; " for s in ("hash", "input", "output", "run", "run_layer", *pool))
    unload = "JNI_OnUnload; " if pool else ""
    (folder / exports).write_text(f"{{ global: {text}{unload}Java_*; local: *; }};\n", encoding="utf-8")
    options = [f"-soname={output}", f"--version-script={exports}", *LINK]
    library.link_shared(folder, [*objects, *_stubs(library, folder)], options, output)
    shutil.rmtree(folder / OBJECTS)
    library_check.check(folder / output, output)
    return folder / output


def _for_library(compiler: Compiler) -> Compiler:
    """Return the compiler with the flags that a shared library of its core is compiled with."""
    core = compiler.core
    if core.android is None or compiler.kind not in core.android.flags:
        raise TargetError(
            f"core {core.name} has no flags for a shared library by {compiler.kind}",
            [("where", f"targets/cores/{core.name}.toml: android.flags")],
        )
    return replace(compiler, core=core.model_copy(update={"flags": core.android.flags}))


def _stubs(compiler: Compiler, folder: Path) -> list[str]:
    """Return what stands for the phone's libraries, as objects to link with; nothing where the compiler has them."""
    if compiler.has_android_libraries:
        return []
    paths = [f"{OBJECTS}/{name}" for name in _STUBS]
    for path, symbols in zip(paths, _STUBS.values(), strict=True):
        source = Path(path).with_suffix(".S").as_posix()
        lines = (f".globl {symbol}\n.type {symbol}, %function\n{symbol}:\n" for symbol in symbols)
        (folder / source).write_text(f".text\n{''.join(lines)}.byte 0\n", encoding="utf-8")
        objects = compiler.compile(folder, [source], [])
        compiler.link_shared(folder, objects, [f"-soname={Path(path).name}"], path)
    return paths
