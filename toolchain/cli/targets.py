"""toolchain targets: cores and the boards that they stand for."""

from __future__ import annotations

from toolchain.cli._options import Json

PANEL, ORDER = "Look up", 1


def command(json: Json = False) -> None:
    """List the cores that --target takes, with their default boards."""
    from toolchain import targets
    from toolchain.cli._console import print_json, print_rows

    cores = targets.cores().values()
    if json:
        print_json(
            [
                {
                    "name": c.name,
                    "description": c.description,
                    "family": c.family,
                    "features": list(c.features),
                    "cycle_counter": c.cycle_counter,
                    "default_board": c.default_board,
                }
                for c in cores
            ]
        )
        return
    rows = [(c.name, c.default_board, ", ".join((*c.features, "ref")), c.description) for c in cores]
    print_rows(("core", "default board", "kernels", "description"), rows)
