"""Where the work of a search is done: here, in processes of this computer, or on the machines of a dask cluster.

Each result depends on its item and the context alone and comes back in the order of the items, so that all three give
the same search. A worker has one thread of linear algebra, as the command has.
"""

from __future__ import annotations

import contextlib
import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any, TypeVar

from toolchain.errors import ToolError

Item = TypeVar("Item")
Context = TypeVar("Context")
Result = TypeVar("Result")


class Workers:
    """Does the work in this process; ``count`` items are under way at a time."""

    count = 1

    def run(self, work: Callable[[Item, Context], Result], items: Sequence[Item], context: Context) -> Iterator[Result]:
        """Yield ``work(item, context)`` for each item, in order."""
        return (work(item, context) for item in items)


class Processes(Workers):
    """Does the work in ``count`` processes of this computer."""

    def __init__(self, count: int) -> None:
        self.count = count

    def run(self, work: Callable[[Item, Context], Result], items: Sequence[Item], context: Context) -> Iterator[Result]:
        """See Workers."""
        spawn = multiprocessing.get_context("spawn")  # a fork of a process with threads may hang
        count = max(1, min(self.count, len(items)))
        with ProcessPoolExecutor(count, spawn, initializer=_begin, initargs=(work, context)) as pool:
            yield from pool.map(_do, items)


class Cluster(Workers):
    """Does the work on the workers of a dask scheduler at an address such as ``tcp://host:8786``."""

    def __init__(self, address: str) -> None:
        distributed = _distributed()
        try:
            self.client = distributed.Client(address, timeout="10s")
        except (OSError, ValueError) as exc:
            raise ToolError(f"no dask scheduler answers at {address}: {exc}", [("where", "--cluster")],
                            "dask scheduler, then dask worker tcp://HOST:8786 on each machine") from exc
        self.count = max(1, len(self.client.scheduler_info()["workers"]))

    def run(self, work: Callable[[Item, Context], Result], items: Sequence[Item], context: Context) -> Iterator[Result]:
        """See Workers."""
        shared = self.client.scatter(context, broadcast=True, hash=False)
        futures = [self.client.submit(_apart, work, item, shared, pure=False) for item in items]
        try:
            for future in futures:
                yield future.result()
        finally:
            self.client.cancel(futures)


@contextlib.contextmanager
def workers(jobs: int = 1, cluster: str | None = None) -> Iterator[Workers]:
    """Yield the workers for ``--jobs`` and ``--cluster``; ToolError when there is no such cluster."""
    if cluster is None:
        yield Processes(jobs) if jobs > 1 else Workers()
        return
    found = Cluster(cluster)
    try:
        yield found
    finally:
        found.client.close()


def _distributed() -> Any:
    try:
        import distributed
    except ModuleNotFoundError as exc:
        raise ToolError("--cluster needs dask.distributed, which is not installed", [],
                        'pip install "edge-toolchain[cluster]"') from exc
    return distributed


_task: tuple[Callable[[Any, Any], Any], Any] | None = None


def _begin(work: Callable[[Any, Any], Any], context: Any) -> None:
    global _task
    _task = (work, context)
    _one_thread()


def _do(item: Any) -> Any:
    assert _task is not None
    return _task[0](item, _task[1])


def _apart(work: Callable[[Any, Any], Any], item: Any, context: Any) -> Any:
    _one_thread()
    return work(item, context)


def _one_thread() -> None:
    import torch

    torch.set_num_threads(1)
