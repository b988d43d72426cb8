"""toolchain boards: boards, their memory, and what runs them."""

from __future__ import annotations

from toolchain.cli._options import Json

PANEL, ORDER = "Look up", 2


def command(json: Json = False) -> None:
    """List the boards that --target takes."""
    from toolchain import targets
    from toolchain.cli._console import print_json, print_rows
    from toolchain.report.units import kib

    boards = targets.boards().values()
    if json:
        print_json([b.model_dump(mode="json") for b in boards])
        return

    def memory(board: targets.Board, kind: str) -> str:
        size = sum(m.size_bytes for m in board.memory if m.kind == kind)
        return kib(size) if size else "-"

    rows = [
        (
            b.name,
            b.core,
            f"{b.clock_hz / 1e6:g} MHz" if b.clock_hz else "-",
            memory(b, "flash"),
            memory(b, "ram"),
            ", ".join(b.runners) or "serial",
            b.description,
        )
        for b in boards
    ]
    print_rows(("board", "core", "clock", "flash", "RAM", "runners", "description"), rows)
