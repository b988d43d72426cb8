"""Packages that several tests look at, made once."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.aar import models
from toolchain import aar


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, aar.Package]:
    """Return the packages of two models by name, with Java's classes and the ABI of this computer."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KOTLIN_HOME", "")
        return {name: models.packed(name, tmp_path_factory.mktemp(name)) for name in ("branches", "everything")}
