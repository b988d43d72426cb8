"""Compiles generated sources with the host's compilers and runs them through a small program that includes NAME.h."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from toolchain.artifacts import SourceTree
from toolchain.ir import Array, Graph

WARNINGS = ("-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Wundef", "-Werror")

#: Reads all inputs, writes all outputs; layer by layer when an argument is given. The arena starts as garbage.
MAIN = """
#include <stdio.h>
#include <string.h>
#include "%(name)s.h"

static _Alignas(%(name)s_ARENA_ALIGN) unsigned char arena[%(name)s_ARENA_BYTES];
static const size_t input_bytes[] = {%(inputs)s};
static const size_t output_bytes[] = {%(outputs)s};

int main(int argc, char **argv)
{
    (void)argv;
    for (;;) {
        memset(arena, 0xa5, sizeof arena);
        for (int i = 0; i < %(name)s_INPUT_COUNT; ++i) {
            if (fread(%(name)s_input(arena, i), 1, input_bytes[i], stdin) != input_bytes[i]) {
                return 0;
            }
        }
        if (argc > 1) {
            for (int layer = 0; layer < %(name)s_LAYER_COUNT; ++layer) {
                %(name)s_run_layer(arena, layer);
            }
        } else {
            %(name)s_run(arena);
        }
        for (int i = 0; i < %(name)s_OUTPUT_COUNT; ++i) {
            fwrite(%(name)s_output(arena, i), 1, output_bytes[i], stdout);
        }
    }
}
"""


def write(tree: SourceTree, folder: Path) -> list[Path]:
    """Write a tree below ``folder``; return the .c files of the model."""
    for name, text in tree.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return [folder / name for name in tree.link if name.startswith("src/") and name.endswith(".c")]


def compile_model(tree: SourceTree, name: str, folder: Path) -> Path:
    """Return a program of the model and ``MAIN``, with the sanitisers on."""
    sources = write(tree, folder)
    inputs, outputs = (", ".join(re.findall(rf"^#define ({name}_{kind}\d+_BYTES)", tree.files[f"src/{name}.h"], re.M))
                       for kind in ("INPUT", "OUTPUT"))
    main = folder / "main.c"
    main.write_text(MAIN % {"name": name, "inputs": inputs, "outputs": outputs})
    flags = ["-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all", f"-I{folder / 'src'}"]
    program = folder / "model"
    for source in sources:
        run(["gcc", "-std=c99", *WARNINGS, *flags, "-c", str(source), "-o", str(source.with_suffix(".o"))])
    objects = [str(source.with_suffix(".o")) for source in sources]
    run(["gcc", "-std=c11", *flags, str(main), *objects, "-o", str(program)])
    return program


def infer(program: Path, graph: Graph, inputs: Sequence[Array], *arguments: str) -> list[Array]:
    """Return the outputs of every vector: arrays as ``run_integer`` returns them."""
    vectors = [b"".join(x[i].tobytes() for x in inputs) for i in range(len(inputs[0]))]
    result = subprocess.run([str(program), *arguments], input=b"".join(vectors), capture_output=True, check=False)
    assert result.returncode == 0, result.stderr.decode()
    shapes = [graph.tensors[name].shape[1:] for name in graph.outputs]
    kind = np.dtype([(f"o{i}", np.int8, shape) for i, shape in enumerate(shapes)])
    found = np.frombuffer(result.stdout, dtype=kind)
    return [found[f"o{i}"] for i in range(len(shapes))]


def run(command: Sequence[str]) -> None:
    """Run a compiler; its messages are the assertion's."""
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, f"{' '.join(command)}\n{result.stderr}"
