"""farm.toml -> Farm. Paths in it are relative to its folder.

Raises: UsageError that names file and key.
"""

from __future__ import annotations

import sys
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from toolchain.errors import UsageError

if sys.version_info >= (3, 11):
    import tomllib
else:  # pragma: no cover
    import tomli as tomllib


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Entry(_Strict):
    """One board: its name in results, the build that it runs, and its port, or the runner that starts it.

    ``vectors``, ``runs`` and ``timeout_s`` default to those of the farm; without vectors, all are run.
    """

    name: str
    build: Path
    port: str | None = None
    runner: str | None = None
    vectors: int | None = Field(None, ge=1)
    runs: int = Field(5, ge=1)
    timeout_s: float = Field(600.0, gt=0)

    @property
    def place(self) -> str:
        """Return the port, else the runner, else what stands for the board's first runner."""
        return self.port or self.runner or "default runner"


class Farm(_Strict):
    """All boards, and the file that takes the results for a CI."""

    boards: tuple[Entry, ...]
    junit: Path | None = None


_INHERITED = ("build", "vectors", "runs", "timeout_s")


def read(path: Path) -> Farm:
    """Return the farm in a file."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as exc:
        raise UsageError(f"cannot read {path}: {exc.strerror}", [], "docs/farm.md has an example") from exc
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as exc:
        raise UsageError(f"{path} is no TOML: {exc}") from exc
    shared = {key: data.pop(key) for key in _INHERITED if key in data}
    boards = data.pop("board", [])
    if not isinstance(boards, list) or not all(isinstance(board, dict) for board in boards) or not boards:
        raise UsageError(f"{path} has no boards", [], '[[board]] with name = "..." and port = "/dev/ttyACM0" for each')
    try:
        farm = Farm.model_validate({"boards": [{**shared, **board} for board in boards], **data})
    except ValidationError as exc:
        problems = [(".".join(map(str, error["loc"])), str(error["msg"])) for error in exc.errors()]
        raise UsageError(f"{path} is not valid", problems, "docs/farm.md has an example") from exc
    _check(farm, path)
    folder = path.parent
    entries = tuple(board.model_copy(update={"build": folder / board.build}) for board in farm.boards)
    return farm.model_copy(update={"boards": entries, "junit": None if farm.junit is None else folder / farm.junit})


def _check(farm: Farm, path: Path) -> None:
    names = [board.name for board in farm.boards]
    ports = [board.port for board in farm.boards if board.port is not None]
    for what, values in (("name", names), ("port", ports)):
        twice = sorted({value for value in values if values.count(value) > 1})
        if twice:
            raise UsageError(f"two boards have the same {what}: {', '.join(twice)}", [("where", str(path))])
    for board in farm.boards:
        if board.port is not None and board.runner not in (None, "serial"):
            raise UsageError(
                f"board {board.name} has a port and runner {board.runner}",
                [("where", str(path))],
                "one of them: a port is for a board, a runner starts an emulator",
            )
