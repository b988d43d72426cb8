"""Every operator has its three places, and its C agrees with its Python: structs, functions, headers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from toolchain import ops, resources
from toolchain.ops import Kernel, Op, Params

REPOSITORY = Path(__file__).parents[2]
TEMPLATES = resources.templates()
COMMON = {p.name for p in (TEMPLATES / "common").glob("*.h")}
STANDARD = {"stdint.h", "stddef.h", "string.h"}
WITH_KERNELS = [op for op in ops.registry().values() if op.kernels]
KERNELS = [pytest.param(op, kernel, id=kernel.name) for op in WITH_KERNELS for kernel in op.kernels]
SHARED_SOURCES = [p for folder in ("common", "kernels") for p in sorted((TEMPLATES / folder).glob("**/*.[ch]"))]


def text_of(path: Path) -> str:
    """Return C text without comments."""
    return re.sub(r"/\*.*?\*/|//[^\n]*", " ", path.read_text(encoding="utf-8"), flags=re.DOTALL)


def struct_fields(folder: Path, struct: str) -> list[str]:
    """Return the field names of ``typedef struct {...} NAME;`` in one of the folder's headers or the common ones."""
    for header in [*sorted(folder.glob("*.h")), *sorted((TEMPLATES / "common").glob("*.h"))]:
        if match := re.search(rf"typedef struct \{{([^}}]*)\}} {struct};", text_of(header)):
            declarators = re.sub(r"\[[^\]]*\]", "", match[1]).replace(";", ",").split(",")
            return [re.split(r"[\s*]+", d.strip())[-1] for d in declarators if d.strip()]
    raise AssertionError(f"no header in {folder.name} defines struct {struct}")


def twin(struct: str) -> type[Params]:
    """Return the Params class whose docstring says that ``struct`` is its C twin."""
    todo, found = [Params], []
    while todo:
        kind = todo.pop()
        todo += kind.__subclasses__()
        if re.search(rf"\bC twins? (is|are) .*\b{struct}\b", kind.__doc__ or "") and kind not in found:
            found.append(kind)
    assert len(found) == 1, f"{len(found)} classes say that their C twin is {struct}"
    return found[0]


def source_of(op: Op, kernel: Kernel) -> Path:
    """Return the file that defines a kernel: .c, or .h for one that is specialised in each layer."""
    base = TEMPLATES / "kernels" / op.name / kernel.name
    return next(path for path in (base.with_suffix(".c"), base.with_suffix(".h")) if path.exists())


@pytest.mark.parametrize("op", WITH_KERNELS, ids=lambda op: op.name)
def test_an_operator_has_its_three_places(op):
    assert (REPOSITORY / "toolchain" / "ops" / f"{op.name}.py").exists()
    assert (TEMPLATES / "kernels" / op.name / f"tc_{op.name}.h").exists()
    tests = set((REPOSITORY / "tests" / "ops").glob("test_*.py")) - {Path(__file__)}
    assert any(f'"{op.name}"' in path.read_text() for path in tests)


def test_no_folder_lacks_its_operator():
    folders = {p.name for p in (TEMPLATES / "kernels").iterdir() if p.is_dir()}
    assert folders == {op.name for op in WITH_KERNELS}


@pytest.mark.parametrize(("op", "kernel"), KERNELS)
def test_the_struct_has_the_fields_of_the_params(op, kernel):
    struct = kernel.params_type or f"tc_{op.name}_params"
    assert struct_fields(TEMPLATES / "kernels" / op.name, struct) == list(twin(struct).field_names())


@pytest.mark.parametrize(("op", "kernel"), KERNELS)
def test_a_kernel_has_its_function(op, kernel):
    name = re.fullmatch(rf"tc_{op.name}_(s8|s4|s2|s16|s32|f32|b1)(_\w+)?_{kernel.isa}", kernel.name)
    assert name, f"{kernel.name} is not tc_{op.name}_<dtype>[_<case>]_{kernel.isa}"
    struct = kernel.params_type or f"tc_{op.name}_params"
    source = source_of(op, kernel)
    qualifier = r"TC_INLINE\s+" if source.suffix == ".h" else ""
    signature = rf"^{qualifier}void\s+{kernel.name}\(\s*const\s+{struct}\s*\*\s*p\b"
    assert re.search(signature, text_of(source), flags=re.MULTILINE)


@pytest.mark.parametrize("path", [p for p in sorted((TEMPLATES / "kernels").glob("*/*")) if p.suffix in (".c", ".h")],
                         ids=lambda p: p.name)
def test_kernels_include_allowed_headers_only(path):
    text = text_of(path)
    own = {p.name for p in path.parent.glob("*.h")}
    assert set(re.findall(r"#include\s+<([^>]+)>", text)) <= STANDARD
    assert set(re.findall(r'#include\s+"([^"]+)"', text)) <= own | COMMON
    assert not re.search(r"\b(malloc|free|printf|alloca)\s*\(", text)


@pytest.mark.parametrize("path", SHARED_SOURCES, ids=lambda p: p.name)
def test_headers_are_guarded_and_plain(path):
    text = path.read_text(encoding="utf-8")
    assert text.isascii() and text.endswith("\n") and "\t" not in text
    if path.suffix == ".h":
        guard = path.name.upper().replace(".", "_")
        assert f"#ifndef {guard}\n#define {guard}\n" in text
