"""The command line: one file per verb in this folder, found by listing it; a verb parses, calls and prints.

Only typer is imported here and at the top of a verb's file, so that ``toolchain --help`` is quick; a verb imports what
it needs when it runs. stdout carries the result, stderr everything else.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import signal
import sys
import warnings
from collections.abc import Sequence
from types import FrameType, ModuleType

import typer

from toolchain import __version__
from toolchain.cli._options import with_optional_values
from toolchain.errors import ToolchainError, format_error

INTERRUPTED = 130
# One thread of linear algebra: the same ranges, and so the same bytes, on a machine with any number of cores; and idle
# BLAS threads that spin cost more here than they give.
for _variable in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")
#: panels of --help, in this order; a verb's ``PANEL`` names its own
PANELS = ("Build", "Run", "Look up")


def verbs(wanted: str = "") -> list[ModuleType]:
    """Return the modules of the verbs, in the order of --help; only the wanted one, where there is one of that name."""
    names = [m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_")]
    names = [wanted] if wanted in names else names
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names]
    return sorted(modules, key=lambda m: (PANELS.index(m.PANEL), m.ORDER))


def _application(wanted: str = "") -> typer.Typer:
    app = typer.Typer(
        name="toolchain",
        help="From a trained PyTorch model to verified, profiled firmware.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )

    @app.callback(invoke_without_command=True)
    def _root(version: bool = typer.Option(False, "--version", help="Print the version.")) -> None:
        if version:
            typer.echo(f"toolchain {__version__}")
            raise typer.Exit

    for module in verbs(wanted):
        name = module.__name__.rsplit(".", 1)[1].replace("_", "-")
        app.command(name, rich_help_panel=module.PANEL)(module.command)
    return app


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; messages are printed. A bug of this tool keeps its traceback."""
    try:
        _application(arguments[0] if arguments else "")(args=with_optional_values(arguments), prog_name="toolchain")
    except ToolchainError as error:
        print(format_error(error), file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        code = INTERRUPTED
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    else:
        code = 0
    if code == INTERRUPTED:
        print("interrupted: no output was replaced; what a search has found is kept for the next run", file=sys.stderr)
    return code


def main() -> None:
    """Entry point of the command ``toolchain``."""
    signal.signal(signal.SIGTERM, _terminate)
    if not sys.warnoptions:  # of the libraries below; -W and PYTHONWARNINGS show them
        warnings.simplefilter("ignore", FutureWarning)
    try:
        code = run(sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:  # the reader of a pipe has gone: not an error of ours
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    sys.exit(code)


def _terminate(number: int, frame: FrameType | None) -> None:
    """Unwind, so that temporary folders and subprocesses go."""
    raise SystemExit(128 + number)
