"""What every compiler does: write the sources, compile them in parallel, link, measure.

Deterministic: commands run in the build folder with relative paths, and every absolute prefix that debug information
would hold is mapped away; two builds of one tree give the same bytes, wherever they lie.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

from toolchain import resources
from toolchain.artifacts import Firmware, SourceTree
from toolchain.compilers import firmware, sizes
from toolchain.compilers.sizes import is_application
from toolchain.errors import ToolError
from toolchain.targets import Core, Target

WARNINGS = ("-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror")
#: -ffp-contract=off: only what is written as fused (tc_fmaf) is; clang would fuse a * b + c on its own.
COMMON = ("-std=c99", "-g", "-ffunction-sections", "-fdata-sections", "-fno-common", "-fomit-frame-pointer",
          "-ffp-contract=off")
POOL = "src/tc_pool.c"  # a model for several threads has it
OBJECTS = "objects"  # subfolder of a build for everything that is neither a source nor a result

BLOB_SECTIONS = ".text .text.* .rodata .rodata.* .data .data.*"
#: A kernel, or a few, at a fixed address: all of it is kept, of the compiler's runtime what it calls; no entry point.
BLOB_SCRIPT = """SECTIONS
{{
    . = {base:#x};
    .text :
    {{
{kept}
        *({sections})
    }}
    .bss : {{ *(.bss .bss.* COMMON) }}
    /DISCARD/ : {{ *(.ARM.exidx .ARM.exidx.* .ARM.extab .ARM.extab.*) }}
}}
"""


@dataclass(frozen=True)
class Compiler(ABC):
    """A compiler that is installed, for one core. ``command`` starts it; ``version`` is what reports print."""

    core: Core
    command: tuple[str, ...]
    version: str

    kind: ClassVar[str] = ""
    has_android_libraries: ClassVar[bool] = False  # libc and libm of the target, and its own runtime functions

    @abstractmethod
    def link(self, folder: Path, objects: Sequence[str], script: str, output: str, *, stack_bytes: int | None = None,
             map_file: str | None = None, relocations: bool = False) -> None:
        """Link objects for a microcontroller, without what nothing needs; all paths relative to ``folder``.

        ``relocations`` keeps them in the output, for the call graph (stack.py).
        """

    def link_program(self, folder: Path, objects: Sequence[str], flags: Sequence[str]) -> None:
        """Link the program firmware.elf of a system with processes."""
        link = [*self.command, *self.target_flags(), *self.core.link_flags.get(self.kind, ()), *flags]
        self.run(folder, [*link, *objects, "-o", "firmware.elf"], "linking")

    @abstractmethod
    def link_shared(self, folder: Path, objects: Sequence[str], options: Sequence[str], output: str) -> None:
        """Link a shared library for Android with the linker's ``options``; all paths relative to ``folder``."""

    def shared_flags(self) -> tuple[str, ...]:
        """Return the flags for a file of a shared library, where there is no C library for its ABI."""
        return ()

    def target_flags(self) -> tuple[str, ...]:
        """Return the flags that choose core, instruction set and ABI."""
        return self.core.flags.get(self.kind, ())

    def freestanding_flags(self) -> tuple[str, ...]:
        """Return the flags for code without a C library."""
        return ()

    def sanitizer_flags(self) -> tuple[str, ...]:
        """Return the flags of the host's sanitizers, for compiling and linking."""
        return ("-fsanitize=address,undefined", "-fno-sanitize-recover=all")

    # -- the stage ---------------------------------------------------------------------------------------------------

    def build(self, tree: SourceTree, target: Target, folder: Path, *, optimize: str = "-O2",
              sanitize: bool = False) -> Firmware:
        """Write the tree below ``folder`` and return its firmware: firmware.elf, .bin, .hex, .map (host: .elf only).

        ``optimize`` is for the model, its kernels and the memory functions; the serial application is built for size.
        A tree for Android gives libNAME.so as well. Raises TargetError when the board is too small, ToolError when the
        compiler fails, or for a library that a device would refuse.
        """
        write_sources(tree, folder)
        shutil.rmtree(folder / OBJECTS, ignore_errors=True)
        flags = self.sanitizer_flags() if sanitize else ()
        flags = (*flags, "-pthread") if POOL in tree.link else flags
        objects = self.compile(folder, tree.link, ["src", "app"], optimize=optimize, extra=flags)
        if self.core.hosted:
            self.link_program(folder, objects, flags)
            result = firmware.host(folder, objects, self.version)
            if tree.library:
                result = self._with_library(tree, folder, result, objects)
        elif tree.linker_script is not None:
            result = firmware.link(self, folder, objects, tree.linker_script, target)
        else:
            raise ValueError(f"the source tree for {target.name} has no linker script")
        shutil.rmtree(folder / OBJECTS, ignore_errors=True)
        return result

    def _with_library(self, tree: SourceTree, folder: Path, program: Firmware, objects: Sequence[str]) -> Firmware:
        """Return the program beside the model's shared library, whose sizes count: no app has the program."""
        from toolchain.compilers import shared_library  # which builds with this compiler

        name = firmware.model_name(objects)
        assert name is not None
        path = shared_library.build(self, tree, folder, name)
        return replace(program, library=path, sizes=sizes.of_library(path, program.sizes))

    def compile(self, folder: Path, sources: Sequence[str], include: Sequence[str], *, optimize: str = "-O2",
                extra: Sequence[str] = ()) -> list[str]:
        """Compile sources on all cores and return their objects; paths relative to ``folder``, or absolute."""
        command = [*self.command, *self.target_flags(), *COMMON, *WARNINGS, *self._prefix_maps(folder), *extra]
        if not self.core.hosted:
            command += [*self.freestanding_flags(), "-isystem", str(freestanding_headers())]
        command += [f"-I{path}" for path in include]
        objects = [f"{OBJECTS}/{object_name(source)}" for source in sources]
        for path in objects:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            jobs = []
            for source, output in zip(sources, objects, strict=True):
                level = "-Os" if is_application(output) and not self.core.hosted else optimize
                own = [*self.core.isa_flags(source, self.kind), level, "-c", source, "-o", output]
                jobs.append(pool.submit(self.run, folder, [*command, *own], f"compiling {source}"))
        for job in jobs:
            job.result()
        return objects

    def link_blob(self, files: Sequence[Path], include_dirs: Sequence[Path], base_address: int, folder: Path, *,
                  optimize: str = "-O2") -> Path:
        """Return an ELF file with all of ``files`` linked at ``base_address``: kernels alone, for tests and benchmarks.

        memcpy and its family, and the compiler's runtime functions, are linked in where they are called.
        """
        folder = folder.resolve()
        (folder / OBJECTS).mkdir(parents=True, exist_ok=True)
        memory = resources.templates() / "app" / "cortex-m" / "tc_memory.c"
        sources = [str(path.resolve()) for path in (*files, memory)]
        objects = self.compile(folder, sources, [str(path.resolve()) for path in include_dirs], optimize=optimize)
        kept = "\n".join(f"        KEEP({path}({BLOB_SECTIONS}))" for path in objects)
        script = BLOB_SCRIPT.format(base=base_address, kept=kept, sections=BLOB_SECTIONS)
        (folder / "blob.ld").write_text(script, encoding="utf-8")
        self.link(folder, objects, "blob.ld", "blob.elf", relocations=True)
        return folder / "blob.elf"

    # -- processes ---------------------------------------------------------------------------------------------------

    def run(self, folder: Path, command: Sequence[str], what: str) -> str:
        """Run a command in ``folder`` and return its output; ToolError with the first lines of its complaint."""
        result = subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace", check=False)
        if result.returncode:
            lines = (result.stderr or result.stdout).strip().splitlines()
            says = "\n".join(lines[:12]) or "nothing"
            raise ToolError(f"{self.version} failed {what}: exit code {result.returncode}",
                            [("says", says), ("where", str(folder)), ("command", " ".join(command))],
                            "--compiler zig, or another version of this compiler")
        return result.stdout

    def _prefix_maps(self, folder: Path) -> list[str]:
        places = {resources.templates().resolve(): "toolchain", folder.resolve(): "."}
        return [f"-ffile-prefix-map={path}={name}" for path, name in places.items()]


def object_name(source: str) -> str:
    """Return the object's path for a source's: in the same folders; for an absolute one, the name alone."""
    path = Path(source)
    return (Path(path.name) if path.is_absolute() else path).with_suffix(".o").as_posix()


def freestanding_headers() -> Path:
    """Return the folder of the <string.h> that stands in for a C library's."""
    return resources.templates() / "app" / "cortex-m" / "include"


def write_sources(tree: SourceTree, folder: Path) -> None:
    """Write every file of the tree below ``folder``."""
    for name, text in tree.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
