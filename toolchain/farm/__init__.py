"""A farm of boards: builds verified and profiled on many ports at once, for a CI with boards. See docs/farm.md.

Each board is served by a process of its own (worker.py), so that one which hangs or crashes stops no other.
"""

from toolchain.farm.configuration import Entry, Farm, read
from toolchain.farm.results import Result, State, exit_code, junit, table
from toolchain.farm.run import run

__all__ = ["Entry", "Farm", "Result", "State", "exit_code", "junit", "read", "run", "table"]
