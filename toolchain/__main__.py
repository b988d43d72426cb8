"""``python -m toolchain``: the command line."""

from toolchain.cli import main

main()
