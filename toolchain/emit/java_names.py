"""Names of a model in Java and Kotlin: package, class, parameters, and the C names of native methods.

Source: Java Native Interface Specification, chapter 2 (resolving native method names); Java Language Specification,
section 3.9, and Kotlin's grammar (keywords).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from toolchain.emit.identifiers import identifier
from toolchain.maven import RESERVED as KEYWORDS

#: Words that a parameter or a package cannot have for a name; ``session`` is a field of the model's class.
_RESERVED = KEYWORDS | {"session"}
#: Classes that lie beside the model's, or that its sources name.
_CLASSES = frozenset({"Session", "Tensor", "Outputs", "ByteBuffer", "String", "Unit", "Object", "System"})


def class_name(model: str) -> str:
    """Return ``ExerciseWatch`` for the C identifier ``exercise_watch``."""
    name = "".join(part[:1].upper() + part[1:] for part in model.split("_"))
    return f"{name}Model" if name in _CLASSES or not name[0].isalpha() else name


def package_name(group: str, model: str) -> str:
    """Return the package of a model below its group, in lower case."""
    name = model.strip("_").lower()
    return f"{group}.{name}_model" if name in _RESERVED else f"{group}.{name}"


def native_prefix(package: str, class_name: str) -> str:
    """Return what the C names of the native methods of a class begin with."""
    return "Java_" + f"{package}.{class_name}".replace("_", "_1").replace(".", "_")


def parameter_names(names: Sequence[str]) -> list[str]:
    """Return a Java and Kotlin identifier for each name, all different."""
    result: list[str] = []
    for name in names:
        words = re.split(r"_+", identifier(name)) if identifier(name) else ["x"]
        wanted = words[0][:1].lower() + words[0][1:] + "".join(w[:1].upper() + w[1:] for w in words[1:])
        if wanted in _RESERVED or not wanted[0].isalpha():
            wanted = f"x{wanted[:1].upper()}{wanted[1:]}"
        while wanted in result:
            wanted += "2"
        result.append(wanted)
    return result
