"""The stage itself: program + target -> tree of sources, in memory."""

from __future__ import annotations

from toolchain import resources
from toolchain.artifacts import SourceTree
from toolchain.emit import android, sources
from toolchain.emit.context import Info, Model, build
from toolchain.emit.render import render
from toolchain.ir import Program
from toolchain.numerics import Rounding
from toolchain.targets import Target


def emit(program: Program, target: Target, info: Info) -> SourceTree:
    """Return the model's sources under ``src/`` and the application's under ``app/``; nothing is written to disk.

    For an ABI of Android there are native methods and classes, too, under ``android/``.
    The same arguments give the same bytes. Raises TargetError when a source of the board is missing.
    """
    files, headers = sources.kernels(program.steps, program.threads)
    model = build(program, info, headers)
    tree = {f"src/{name}": text for name, text in {**files, **_model_files(model)}.items()}
    tree.update({f"app/{name}": text for name, text in _application_files(model, target).items()})
    script = f"linker/{target.core.family}.ld.j2"
    has_script = (resources.targets() / script).is_file()
    if has_script:
        tree["app/linker.ld"] = render(script, board=target.board, fast=program.fast)
    link = sorted(p for p in tree if p.endswith((".c", ".S")))
    library: list[str] = []
    if target.core.android is not None:
        tree.update(android.files(model, target.core, link))
        library = sorted(p for p in tree if p.endswith(".c") and p.startswith(("src/", "android/jni/")))
    return SourceTree(files=dict(sorted(tree.items())), link=tuple(link),
                      linker_script="app/linker.ld" if has_script else None, library=tuple(library))


def _model_files(model: Model) -> dict[str, str]:
    names = {"tc_config.h": "tc_config.h", f"{model.name}.h": "model.h", f"{model.name}.c": "model.c",
             f"{model.name}_weights.h": "weights.h", f"{model.name}_weights.c": "weights.c"}
    single = int(model.program.rounding == Rounding.SINGLE.value)
    return {name: render(f"model/{template}.j2", model=model, single_rounding=single)
            for name, template in names.items()}


def _application_files(model: Model, target: Target) -> dict[str, str]:
    board = target.board
    return {**sources.application(target.core.platform), **sources.board(board),
            "tc_app_model.c": render("app/common/tc_app_model.c.j2", model=model),
            "tc_board_config.h": render("app/common/tc_board_config.h.j2", board=board, fast=model.program.fast)}
