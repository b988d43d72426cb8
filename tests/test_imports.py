"""Imports go only downwards (docs/architecture.md) and no stage imports another."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "toolchain"

#: Layers from top to bottom; a module may import from its own folder and from lower layers only.
LAYERS: tuple[frozenset[str], ...] = (
    frozenset({"cli"}),
    frozenset({"api"}),
    frozenset({"bench"}),
    frozenset({"front"}),
    frozenset({"pipeline"}),
    frozenset({"compression", "costing", "checks", "break_even", "farm"}),
    frozenset({"evaluation", "inspection", "build_directory", "measurement", "packaging"}),
    frozenset({"search"}),
    frozenset({"project_file"}),
    frozenset(
        {
            "aar",
            "frontend",
            "passes",
            "compress",
            "plan",
            "emit",
            "compilers",
            "runners",
            "verify",
            "profile",
            "report",
            "project",
            "program_file",
            "user_code",
            "flashers",
        }
    ),
    frozenset({"data", "progress", "usb", "board_files"}),
    frozenset({"ops"}),
    frozenset({"targets", "artifacts", "ir", "budget", "metrics", "maven"}),
    frozenset({"numerics", "resources", "errors", "interruption", "cache"}),
)
#: Siblings of one layer that build on each other.
ALLOWED = {
    ("evaluation", "build_directory"),
    ("inspection", "evaluation"),
    ("project", "program_file"),
    ("artifacts", "ir"),
    ("metrics", "ir"),
    ("numerics", "errors"),
    ("resources", "errors"),
}


def _layer(name: str) -> int:
    for index, names in enumerate(LAYERS):
        if name in names:
            return index
    raise AssertionError(f"toolchain/{name} is in no layer: add it to LAYERS and docs/architecture.md")


def _modules() -> Iterator[tuple[str, Path]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        if parts not in (("__init__",), ("__main__",)) and parts[0] != "_data":
            yield parts[0], path


def _imports(path: Path) -> Iterator[tuple[int, str]]:
    """Yield (line, first name below toolchain) of every import but those for type checking only."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped = {
        id(child)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for child in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} is a relative import"
            names = [f"toolchain.{a.name}" for a in node.names] if node.module == "toolchain" else [node.module or ""]
        else:
            continue
        yield from (
            (node.lineno, name.split(".")[1]) for name in names if name.startswith("toolchain.") and "__" not in name
        )


@pytest.mark.parametrize(("owner", "path"), list(_modules()), ids=lambda v: v if isinstance(v, str) else v.stem)
def test_imports_go_downwards(owner: str, path: Path) -> None:
    for line, name in _imports(path):
        if name == owner or (owner, name) in ALLOWED:
            continue
        assert _layer(name) > _layer(owner), f"{path.relative_to(PACKAGE)}:{line} ({owner}) imports {name}"


def test_no_stage_names_a_board_or_core() -> None:
    """Boards and cores are data: no Python of the package names one."""
    targets = PACKAGE.parent / "targets"
    names = {p.stem for p in (targets / "cores").glob("*.toml")} | {p.name for p in (targets / "boards").iterdir()}
    names -= {"host"}  # also a runner
    for _, path in _modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Compare):
                constants = {
                    c.value for c in ast.walk(node) if isinstance(c, ast.Constant) and isinstance(c.value, str)
                }
                assert not constants & names, f"{path}:{node.lineno} compares with {constants & names}"


@pytest.mark.parametrize("path", [p for _, p in _modules()], ids=lambda p: str(p.relative_to(PACKAGE)))
def test_no_broad_except(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ExceptHandler):
            caught = "" if node.type is None else ast.unparse(node.type)
            assert caught not in ("", "Exception", "BaseException"), f"{path}:{node.lineno} catches everything"
