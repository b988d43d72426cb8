"""toolchain ops: operators and their kernels."""

from __future__ import annotations

from toolchain.cli._options import Json

PANEL, ORDER = "Look up", 3


def command(json: Json = False) -> None:
    """List the operators and, for each instruction set, their kernels."""
    from toolchain import ops
    from toolchain.cli._console import print_json, print_rows

    rows = []
    for name, op in ops.registry().items():
        line = (type(op).__module__ and (__import__(type(op).__module__, fromlist=["_"]).__doc__ or "")).splitlines()[0]
        rows.append(
            {
                "name": name,
                "description": line.rstrip("."),
                "alias": op.alias,
                "kernels": [{"name": k.name, "isa": k.isa} for k in op.kernels],
            }
        )
    if json:
        print_json(rows)
        return
    print_rows(
        ("operator", "kernels", "description"), [(str(r["name"]), _kernels(r), str(r["description"])) for r in rows]
    )


def _kernels(row: dict[str, object]) -> str:
    kernels = row["kernels"]
    assert isinstance(kernels, list)
    if row["alias"]:
        return "none needed"
    counts: dict[str, int] = {}
    for kernel in kernels:
        counts[kernel["isa"]] = counts.get(kernel["isa"], 0) + 1
    return ", ".join(f"{isa} {n}" for isa, n in counts.items()) or "-"
