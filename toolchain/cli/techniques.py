"""toolchain techniques: what compression there is."""

from __future__ import annotations

from toolchain.cli._options import Json

PANEL, ORDER = "Look up", 4

TECHNIQUES = [("quantize", "int8 after training: weights per channel, activations per tensor")]


def command(json: Json = False) -> None:
    """List the compression techniques."""
    from toolchain.cli._console import print_json, print_rows

    if json:
        print_json([{"name": name, "description": text} for name, text in TECHNIQUES])
    else:
        print_rows(("technique", "what it does"), TECHNIQUES)
