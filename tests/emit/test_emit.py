"""Generated C computes what the reference does, compiles without a warning everywhere, and is the same each time."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from tests.emit import host
from tests.emit.models import MODELS, Builder
from toolchain import ops, targets
from toolchain.artifacts import SourceTree
from toolchain.emit import Info, emit
from toolchain.ir import Array, Graph
from toolchain.numerics import Rounding, dequantize, quantize
from toolchain.ops.clamp import ClampAttributes
from toolchain.ops.conv2d import Conv2dAttributes
from toolchain.ops.execute import run_integer
from toolchain.plan import plan

GOLDEN = Path(__file__).parent / "golden"


def tree_of(graph: Graph, target: str = "cortex-m3", name: str | None = None,
            rounding: Rounding = Rounding.DOUBLE) -> SourceTree:
    """Return the sources for a target; the default's kernels are portable C, which the host compiles too."""
    chosen = targets.load(target)
    info = Info(name or graph.name, "1.2.3", "0123abcd", "toolchain build data/*.npz */")
    return emit(plan(graph, chosen, rounding=rounding), chosen, info)


def random_inputs(graph: Graph, count: int = 5) -> list[Array]:
    rng = np.random.default_rng(1)
    return [rng.integers(-128, 128, (count, *graph.tensors[n].shape[1:])).astype(np.int8) for n in graph.inputs]


@pytest.mark.parametrize("rounding", list(Rounding))
@pytest.mark.parametrize("model", MODELS)
def test_generated_c_equals_the_reference(model: str, rounding: Rounding, tmp_path: Path) -> None:
    graph = MODELS[model]()
    program = host.compile_model(tree_of(graph, "host", rounding=rounding), model, tmp_path)
    inputs = random_inputs(graph)
    expected = run_integer(graph, inputs, rounding)
    for arguments in ((), ("layers",)):
        for want, have in zip(expected, host.infer(program, graph, inputs, *arguments), strict=True):
            np.testing.assert_array_equal(want, have)


def test_everything_has_every_operator_that_has_kernels() -> None:
    used = {node.op for node in MODELS["everything"]().nodes}
    assert used == {name for name, op in ops.registry().items() if op.kernels or op.alias}


@pytest.mark.parametrize("model", ["convolutions", "in_place", "branches"])
def test_generated_c_is_golden(model: str, update_golden: bool) -> None:
    tree = tree_of(MODELS[model]())
    written = [f"src/{model}.h", f"src/{model}.c", f"src/{model}_weights.h", f"src/{model}_weights.c",
               "src/tc_config.h", "app/tc_app_model.c", "app/tc_board_config.h"]
    for name in written:
        path = GOLDEN / model / name
        if update_golden:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(tree.files[name], encoding="utf-8")
        assert tree.files[name] == path.read_text(encoding="utf-8"), f"{path}: pytest --update-golden rewrites it"


@pytest.mark.parametrize(("core", "compiler"), [
    ("cortex-m3", "gcc"), ("cortex-m3", "clang"), ("cortex-m4", "arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb"),
    ("cortex-m55", "arm-none-eabi-gcc -mcpu=cortex-m55 -mthumb -mfloat-abi=hard")])
@pytest.mark.parametrize("model", MODELS)
def test_every_file_compiles_alone_without_a_warning(model: str, core: str, compiler: str, tmp_path: Path) -> None:
    command = compiler.split()
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    tree = tree_of(MODELS[model](), core)
    sources = [*host.write(tree, tmp_path), tmp_path / "app" / "tc_app_model.c"]
    host.run([*command, "-std=c99", *host.WARNINGS, "-fsyntax-only", f"-I{tmp_path / 'src'}", f"-I{tmp_path / 'app'}",
              *map(str, sources)])


def test_a_kernel_with_scratch_gets_its_part_of_the_arena(tmp_path: Path) -> None:
    b = Builder("scratch")
    y = b.node("conv2d", Conv2dAttributes(), b.input("x", (1, 5, 5, 64)), *b.weights((4, 3, 3, 64)), scale=0.5)
    graph = b.graph(y)
    program = plan(graph, targets.load("cortex-m4"))
    assert program.steps[0].scratch is not None
    offset = program.buffers[program.steps[0].scratch].offset
    tree = tree_of(graph, "cortex-m4")
    call = re.search(rf"^    {program.steps[0].kernel}\(.*\);$", tree.files["src/scratch.c"], re.M)
    assert call is not None and call.group().endswith(f", arena + {offset});")
    if shutil.which("arm-none-eabi-gcc") is None:
        pytest.skip("arm-none-eabi-gcc is not installed")
    sources = map(str, host.write(tree, tmp_path))
    host.run(["arm-none-eabi-gcc", "-mcpu=cortex-m4", "-mthumb", "-std=c99", *host.WARNINGS, "-fsyntax-only",
              f"-I{tmp_path / 'src'}", *sources])


def test_the_header_is_valid_cpp(tmp_path: Path) -> None:
    host.write(tree_of(MODELS["convolutions"]()), tmp_path)
    source = tmp_path / "user.cpp"
    source.write_text('#include "convolutions.h"\nint main() { return convolutions_quantize(0.0f, 1.0f, 0); }\n')
    host.run(["g++", "-std=c++11", *host.WARNINGS, "-fsyntax-only", f"-I{tmp_path / 'src'}", str(source)])


QUANTIZE = """
#include <stdio.h>
#include "in_place.h"
int main(void)
{
    float x, scale;
    int zero_point;
    while (scanf("%f %f %d", &x, &scale, &zero_point) == 3) {
        const int8_t code = in_place_quantize(x, scale, zero_point);
        printf("%d %a\\n", code, (double)in_place_dequantize(code, scale, zero_point));
    }
    return 0;
}
"""


def test_float_helpers_equal_numerics(tmp_path: Path) -> None:
    """Ties (scale 0.5 and 2), both saturations, and values one float away from a tie."""
    host.write(tree_of(MODELS["in_place"]()), tmp_path)
    source, program = tmp_path / "q.c", tmp_path / "q"
    source.write_text(QUANTIZE)
    host.run(["gcc", "-std=c99", *host.WARNINGS, f"-I{tmp_path / 'src'}", str(source), "-o", str(program)])
    rng = np.random.default_rng(0)
    ties = np.arange(-300, 300, dtype=np.float32) / 4
    reals = np.concatenate([ties, np.nextafter(ties, np.float32(9e9)), rng.normal(0, 40, 500).astype(np.float32),
                            np.array([1e30, -1e30, np.inf, -np.inf], np.float32)])
    for scale, zero_point in ((0.5, 0), (0.5, -128), (2.0, 127), (float(np.float32(0.1)), 5)):
        lines = "".join(f"{float(x).hex()} {scale.hex()} {zero_point}\n" for x in reals)
        result = subprocess.run([str(program)], input=lines, capture_output=True, text=True, check=True)
        rows = result.stdout.split()
        codes = quantize(reals, scale, zero_point)
        np.testing.assert_array_equal(np.array(rows[::2], dtype=int), codes)
        np.testing.assert_array_equal([float.fromhex(v) for v in rows[1::2]], dequantize(codes, scale, zero_point))


def test_the_same_input_gives_the_same_bytes() -> None:
    first, second = (tree_of(MODELS["branches"]()) for _ in range(2))
    assert first == second
    assert list(first.files) == sorted(first.files)


def test_no_generated_file_knows_the_machine() -> None:
    tree = tree_of(MODELS["convolutions"]())
    text = "".join(tree.files.values())
    assert "/home/" not in text and "model.py:12" in text and str(Path.cwd()) not in text


def test_equal_arrays_are_stored_once() -> None:
    weights = tree_of(MODELS["convolutions"]()).files["src/convolutions_weights.c"]
    assert len(re.findall(r"^TC_ALIGNED\(4\) const \w+ \w+_layer0[01]_weights\[", weights, re.M)) == 1
    assert "weights of layer00_stem_0\n * weights of layer01_gr_e_1\n" in weights


def test_src_stands_alone_and_app_links() -> None:
    """Every .c of src/ belongs to the model; what a source includes lies beside it or is one of the three C headers."""
    tree = tree_of(MODELS["branches"]())
    source = {name.removeprefix("src/"): text for name, text in tree.files.items() if name.startswith("src/")}
    assert sorted(tree.link) == [name for name in sorted(tree.files) if name.endswith((".c", ".S"))]
    for text in source.values():
        assert set(re.findall(r'#include "([^"]+)"', text)) <= set(source)
        assert set(re.findall(r"#include <([^>]+)>", text)) <= {"stdint.h", "stddef.h", "string.h"}
        assert "int main(" not in text
    assert "app/main.c" in tree.link and tree.linker_script == "app/linker.ld"


def test_a_host_target_has_no_linker_script() -> None:
    tree = tree_of(MODELS["in_place"](), "host")
    assert tree.linker_script is None and "app/linker.ld" not in tree.files


@pytest.mark.parametrize(("name", "prefix"), [
    ("string", "string_model"), ("2nd net", "model_2nd_net"), ("größe", "gr_e"), ("class", "class_model"),
    ("a-b", "a_b"), ("tc_types", "model_tc_types")])
def test_model_names_become_safe_prefixes(name: str, prefix: str) -> None:
    header = tree_of(MODELS["in_place"](), name=name).files[f"src/{prefix}.h"]
    assert f"int8_t *{prefix}_input(void *arena, int i);" in header


def test_layer_names_are_unique_identifiers() -> None:
    b = Builder("names")
    y = b.input("x", (1, 4))
    for _ in range(101):
        y = b.node("clamp", ClampAttributes(-1.0, 1.0), y, scale=0.05)
    code = tree_of(b.graph(y)).files["src/names.c"]
    functions = re.findall(r"^static TC_NOINLINE void (\w+)\(", code, re.M)
    assert len(set(functions)) == 101 and functions[0] == "layer000_body_0" and functions[100] == "layer100_body_100"
