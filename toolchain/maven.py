"""Under which name and version a model's AAR lies in a Maven repository; its classes' package is below the group.

Raises: UsageError that names where the value came from, and shows one that works.
Source: Maven, "POM Reference" (coordinates); Java Language Specification, section 6.1 (package names); google/prefab,
        which takes versions of up to four numbers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from toolchain.errors import UsageError

_GROUP = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*")
_VERSION = re.compile(r"(\d+(?:\.\d+){0,3})(?:[-+][0-9A-Za-z][0-9A-Za-z.-]*)?")
_KEYWORDS = """
    abstract as assert boolean break byte case catch char class const continue default do double else enum extends
    false final finally float for fun goto if implements import in instanceof int interface is long native new null
    object package private protected public return short static strictfp super switch synchronized this throw
    throws transient true try typealias typeof val var void volatile when while
"""
#: Words that are no part of a package's name in Java or Kotlin.
RESERVED = frozenset(_KEYWORDS.split())


@dataclass(frozen=True)
class Coordinates:
    """Group and version; ``where`` says where each was given, for errors."""

    group: str = "toolchain.models"
    version: str = "1.0"
    where: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        keyword = next((word for word in self.group.split(".") if word in RESERVED), None)
        if keyword or not _GROUP.fullmatch(self.group):
            raise UsageError(
                f"group '{self.group}' is no package of Java" + (f": '{keyword}' is a keyword" if keyword else ""),
                [("where", f"{self.where} group".strip()), ("valid", "lower case words with dots between them")],
                'group = "com.example.models"',
            )
        if not _VERSION.fullmatch(self.version):
            raise UsageError(
                f"version '{self.version}' is not one to four numbers with dots, and perhaps a suffix",
                [("where", f"{self.where} version".strip())],
                ['version = "1.2.0"', 'version = "1.2.0-beta"'],
            )


def numbers(version: str) -> str:
    """Return a version without its suffix."""
    found = _VERSION.fullmatch(version)
    assert found is not None
    return found.group(1)
