"""C identifiers from names of models, layers and tensors, and text that is safe inside a C comment."""

from __future__ import annotations

import re

_KEYWORDS = """
    alignas alignof and and_eq asm auto bitand bitor bool break case catch char class compl const constexpr const_cast
    continue decltype default delete do double dynamic_cast else enum explicit export extern false float for friend
    goto if inline int long mutable namespace new noexcept not not_eq nullptr operator or or_eq private protected
    public register reinterpret_cast restrict return short signed sizeof static static_assert static_cast struct
    switch template this thread_local throw true try typedef typeid typename typeof union unsigned using virtual void
    volatile wchar_t while xor xor_eq
"""
#: A model NAME becomes the file NAME.h: it must not hide a header of the C library or a file of the application.
_FILES = """
    assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp signal stdalign stdarg stdatomic
    stdbool stddef stdint stdio stdlib stdnoreturn string strings tgmath threads time uchar unistd wchar wctype
    main startup memory
"""
RESERVED = frozenset((_KEYWORDS + _FILES).split())


def identifier(name: str) -> str:
    """Return ``name`` with everything but ASCII letters and digits turned into single underscores; may be empty."""
    return re.sub(r"[^0-9A-Za-z]+", "_", name).strip("_")


def model_identifier(name: str) -> str:
    """Return the prefix of a model's symbols and files: a C identifier that is no keyword and hides no header."""
    result = re.sub(r"[^0-9A-Za-z_]+", "_", name).strip("_") or "model"
    if result[0].isdigit() or result.lower().startswith("tc_"):
        result = f"model_{result}"
    return f"{result}_model" if result.lower() in RESERVED else result


def layer_identifier(index: int, count: int, name: str) -> str:
    """Return ``layerNN_name``, unique among ``count`` layers because of its number."""
    width = max(2, len(str(count - 1)))
    return f"layer{index:0{width}d}_{identifier(name)[:48].strip('_')}".rstrip("_")


def comment_text(text: object) -> str:
    """Return text on one line that cannot end, nest or continue a C comment; what is not ASCII becomes ``_``."""
    line = re.sub("[^ -~]", "_", " ".join(str(text).split()))
    return line.replace("*/", "* /").replace("/*", "/ *").replace("??", "? ?").rstrip("\\ ")
