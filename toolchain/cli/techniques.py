"""toolchain techniques: what compression there is."""

from __future__ import annotations

from toolchain.cli._options import Json

PANEL, ORDER = "Look up", 4


def command(json: Json = False) -> None:
    """List the compression techniques with their parameters and sources."""
    from toolchain.cli._console import print_json, print_rows
    from toolchain.compress.technique import registry

    found = registry().values()
    if json:
        print_json([{"name": t.name, "description": t.summary, "level": t.level.value, "parameters": t.parameters(),
                     "source": t.source} for t in found])
        return
    rows = []
    for t in found:
        parameters = ", ".join(f"{k}={v}" if v else k for k, v in t.parameters().items())
        rows += [(t.name, t.summary), ("", f"  with {parameters}"), ("", f"  from {t.source}")]
    print_rows(("technique", "what it does"), rows)
