"""Model -> sources for Android: native methods, Java and Kotlin classes, what an AAR holds beside them, CMakeLists.txt.

They lie in ``android/`` of the tree: ``jni/`` is compiled into the shared library, ``java/`` and ``kotlin/`` into
classes.jar, ``aar/`` is copied into the archive.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass

from toolchain import resources
from toolchain.emit.context import Endpoint, Model
from toolchain.emit.identifiers import comment_text
from toolchain.emit.java_names import class_name, native_prefix, package_name, parameter_names
from toolchain.emit.render import c_float, render
from toolchain.targets import Core

#: Metadata of the Kotlin classes is readable from this version on; their standard library.
KOTLIN = "2.1"
_FOLDER = "android"


@dataclass(frozen=True)
class JavaTensor:
    """One input or output as the Java and Kotlin sources print it; of float32 it has no scale and no zero point."""

    identifier: str
    literal: str
    description: str
    elements: int
    shape: tuple[int, ...]
    scale: str
    zero_point: int | None


@dataclass(frozen=True)
class Names:
    """What the templates of ``codegen_templates/android`` print beside the model's own values."""

    group: str
    version: str
    kotlin: str
    package: str
    class_name: str
    jni_prefix: str
    identity: str
    hash: str
    min_api: int
    macs: int
    inputs: tuple[JavaTensor, ...]
    outputs: tuple[JavaTensor, ...]


def files(model: Model, core: Core, link: Sequence[str]) -> dict[str, str]:
    """Return the files below ``android/`` and src/CMakeLists.txt; ``link`` has the paths of the C files."""
    assert core.android is not None
    names = _names(model, core.android.api)
    folder = names.package.replace(".", "/")
    templates = {
        f"jni/{model.name}_jni.c": "jni/model_jni.c.j2",
        f"java/{folder}/Tensor.java": "java/Tensor.java.j2",
        f"java/{folder}/Session.java": "java/Session.java.j2",
        f"java-facade/{folder}/{names.class_name}.java": "java/Model.java.j2",
        f"kotlin/{folder}/{names.class_name}.kt": "kotlin/Model.kt.j2",
        "aar/AndroidManifest.xml": "aar/AndroidManifest.xml.j2",
        "aar/proguard.txt": "aar/proguard.txt.j2",
        "pom.xml": "aar/pom.xml.j2",
    }
    copied = {
        "jni/tc_jni.h": "jni/tc_jni.h",
        "aar/META-INF/com/android/build/gradle/aar-metadata.properties": "aar/aar-metadata.properties",
    }
    printed = {name: render(f"{_FOLDER}/{path}", model=model, android=names) for name, path in templates.items()}
    texts = {n: (resources.templates() / _FOLDER / p).read_text(encoding="utf-8") for n, p in copied.items()}
    sources = [path.removeprefix("src/") for path in link if path.startswith("src/")]
    return {
        "src/CMakeLists.txt": _cmake(model, core, sources),
        **{f"{_FOLDER}/{name}": text for name, text in {**printed, **texts}.items()},
    }


def _cmake(model: Model, core: Core, sources: Sequence[str]) -> str:
    """Return src/CMakeLists.txt; files of an instruction set that not every processor has take flags of their own."""
    isas = [
        {"sources": [s for s in sources if s.endswith(f"_{isa.name}.c")], "flags": isa.flags["clang"]}
        for isa in core.isa
    ]
    return render(
        f"{_FOLDER}/cmake/CMakeLists.txt.j2", model=model, sources=sources, isas=[isa for isa in isas if isa["sources"]]
    )


def _names(model: Model, min_api: int) -> Names:
    package = package_name(model.info.maven.group, model.name)
    endpoints = (*model.inputs, *model.outputs)
    identifiers = parameter_names([e.name for e in endpoints])
    tensors = tuple(_tensor(model, e, name) for e, name in zip(endpoints, identifiers, strict=True))
    count = len(model.inputs)
    return Names(
        group=model.info.maven.group,
        version=model.info.maven.version,
        kotlin=KOTLIN,
        package=package,
        class_name=class_name(model.name),
        jni_prefix=native_prefix(package, "Session"),
        identity=_identity(model.info.model_hash),
        hash=model.info.model_hash,
        min_api=min_api,
        macs=sum(step.macs for step in model.program.steps),
        inputs=tensors[:count],
        outputs=tensors[count:],
    )


def _identity(model_hash: str) -> str:
    """Return a literal, a positive long in Java and C, by which classes and libraries of one build know each other."""
    return f"{int.from_bytes(hashlib.sha256(model_hash.encode()).digest()[:7], 'big'):#x}"


def _tensor(model: Model, endpoint: Endpoint, identifier: str) -> JavaTensor:
    shape = model.program.graph.tensors[endpoint.name].shape[1:] or (1,)
    description = f"{endpoint.name}: {endpoint.layout}{endpoint.shape}"
    return JavaTensor(
        identifier=identifier,
        literal=comment_text(endpoint.name).replace("\\", "/").replace('"', "'").replace("$", "_"),
        description=description,
        elements=math.prod(shape),
        shape=shape,
        scale="" if endpoint.scale is None else c_float(endpoint.scale),
        zero_point=endpoint.zero_point,
    )
