"""load_pt2: what it loads, what it refuses before torch sees it, and that nothing in a file can run."""

from __future__ import annotations

import io
import json
import os
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from tests.frontend.models import count, data, expected, randomise, run
from toolchain.errors import ModelError
from toolchain.frontend import load_pt2
from toolchain.ir import format_graph
from toolchain.passes import canonicalise

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
SHAPE = (1, 3, 8, 8)


def _model() -> nn.Module:
    return randomise(nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(144, 5)))


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pt2") / "tiny-net.pt2"
    torch.export.save(torch.export.export(_model(), (torch.zeros(SHAPE),)), path)
    return path


def test_a_saved_program_computes_what_the_module_computes(good: Path) -> None:
    graph = canonicalise(load_pt2(good))
    inputs = data([SHAPE])
    np.testing.assert_allclose(run(graph, inputs)[0], expected(_model(), inputs)[0], rtol=1e-5, atol=1e-5)
    assert graph.name == "tiny_net"
    assert count(graph, "transpose") == 0


def test_a_program_in_core_aten_loads_too(tmp_path: Path) -> None:
    path = tmp_path / "core.pt2"
    torch.export.save(torch.export.export(_model(), (torch.zeros(SHAPE),)).run_decompositions(), path)
    graph = canonicalise(load_pt2(path))
    inputs = data([SHAPE])
    np.testing.assert_allclose(run(graph, inputs)[0], expected(_model(), inputs)[0], rtol=1e-5, atol=1e-5)


def test_loading_twice_gives_the_same_graph(good: Path) -> None:
    assert format_graph(canonicalise(load_pt2(good))) == format_graph(canonicalise(load_pt2(good)))


def _save(save: Callable[[Any], None]) -> bytes:
    buffer = io.BytesIO()
    save(buffer)
    return buffer.getvalue()


def _truncated(good: bytes) -> bytes:
    return good[: len(good) // 2]


def _flipped(good: bytes) -> bytes:
    at = good.index(b"weight_0") + 200
    return good[:at] + bytes([good[at] ^ 0x40]) + good[at + 1:]


def _script(_: bytes) -> bytes:
    return _save(lambda f: torch.jit.save(torch.jit.trace(_model(), torch.zeros(SHAPE)), f))


def _legacy_checkpoint(_: bytes) -> bytes:
    return _save(lambda f: torch.save(_model().state_dict(), f, _use_new_zipfile_serialization=False))


def _zip(_: bytes) -> bytes:
    def save(file: Any) -> None:
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("folder/readme.txt", "nothing")

    return _save(save)


#: name -> (bytes from those of a good file, part of the message)
WRONG_FILES: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "empty": (lambda good: b"", "is empty"),
    "text": (lambda good: b"import torch\n", "is not a zip archive, not an exported program"),
    "pickle": (lambda good: pickle.dumps({"weight": [1, 2]}), "is a pickle"),
    "state_dict": (lambda good: _save(lambda f: torch.save(_model().state_dict(), f)), "a checkpoint or pickled"),
    "module": (lambda good: _save(lambda f: torch.save(_model(), f)), "a checkpoint or pickled module"),
    "legacy checkpoint": (_legacy_checkpoint, "is a pickle"),
    "torchscript": (_script, "a TorchScript archive"),
    "tflite": (lambda good: b"\x1c\0\0\0TFL3" + bytes(64), "a TensorFlow Lite model"),
    "another zip": (_zip, "a zip archive of something else"),
    "truncated": (_truncated, "is damaged"),
    "flipped bit": (_flipped, "is damaged"),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", WRONG_FILES)
def test_wrong_file_says_what_it_is_and_how_to_make_a_pt2(name: str, good: Path, tmp_path: Path) -> None:
    make, message = WRONG_FILES[name]
    path = tmp_path / "model.pt2"
    path.write_bytes(make(good.read_bytes()))
    with pytest.raises(ModelError) as caught:
        load_pt2(path)
    assert message in str(caught.value)
    assert "torch.export.save" in str(caught.value)


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="does not exist"):
        load_pt2(tmp_path / "no.pt2")
    with pytest.raises(ModelError, match="is a folder"):
        load_pt2(tmp_path)


class _Bomb:
    """Unpickling this makes a folder: proof that code ran."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (self.path,)


def _rewrite(source: Path, target: Path, change: Callable[[str, bytes], bytes | None],
             extra: dict[str, bytes] | None = None) -> Path:
    """Copy an archive; ``change`` gets each record's name inside the root folder and returns its bytes, or None."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        root = old.namelist()[0].split("/")[0]
        for name in old.namelist():
            if (content := change(name.split("/", 1)[1], old.read(name))) is not None:
                new.writestr(name, content)
        for name, content in (extra or {}).items():
            new.writestr(f"{root}/{name}", content)
    return target


def test_pickled_sample_inputs_are_never_loaded(good: Path, tmp_path: Path) -> None:
    bomb = tmp_path / "exploded"
    path = _rewrite(good, tmp_path / "bomb.pt2", lambda name, content:
                    pickle.dumps(_Bomb(bomb)) if name == "data/sample_inputs/model.pt" else content)
    load_pt2(path)
    assert not bomb.exists()


@pytest.mark.parametrize("folder", ["weights", "constants"])
def test_pickled_weights_are_refused(folder: str, good: Path, tmp_path: Path) -> None:
    config = f"data/{folder}/model_{folder}_config.json"
    bomb = tmp_path / "exploded"
    record = "weight_0" if folder == "weights" else "custom_obj_0"

    def change(name: str, content: bytes) -> bytes:
        if name == config:
            return json.dumps({"config": {"0.weight": {"path_name": record, "is_param": True, "use_pickle": True,
                                                       "tensor_meta": None}}}).encode()
        return content

    extra = {} if record == "weight_0" else {f"data/{folder}/{record}": pickle.dumps(_Bomb(bomb))}
    path = _rewrite(good, tmp_path / "bomb.pt2", change, extra)
    with pytest.raises(ModelError, match="as a pickle, which could run code"):
        load_pt2(path)
    assert not bomb.exists()


@pytest.mark.parametrize(("old", "new", "message"), [
    ("torch.ops.aten.relu.default", "torch.serialization.os.getcwd", "which is no tensor operator of torch"),
    ("torch.ops.aten.relu.default", "torch.ops.aten.save.default", "which is no tensor operator of torch"),
    ("torch.ops.aten.relu.default", "torch.ops.aten.from_file.default", "which is no tensor operator of torch"),
    ("torch.ops.aten.relu.default", "torch.ops.aten.relu.default.__class__.mro", "no tensor operator of torch"),
    ("torch.ops.aten.relu.default", "torch.ops.mine.relu.default", "custom operator torch.ops.mine.relu.default"),
    ('{"as_int": 144}', '{"as_expr": {"expr_str": "__import__(\'os\').getcwd()", "hint": null}}', "dynamic sizes"),
])
def test_programs_that_would_evaluate_something_are_refused(old: str, new: str, message: str, good: Path,
                                                            tmp_path: Path) -> None:
    def change(name: str, content: bytes) -> bytes:
        if name != "models/model.json":
            return content
        assert old.encode() in content
        return content.replace(old.encode(), new.encode())

    with pytest.raises(ModelError, match=message):
        load_pt2(_rewrite(good, tmp_path / "bad.pt2", change))


@pytest.mark.parametrize("record", ["data/weights/weight_0", "data/weights/model_weights_config.json",
                                    "models/model.json"])
def test_missing_records_are_named(record: str, good: Path, tmp_path: Path) -> None:
    path = _rewrite(good, tmp_path / "bad.pt2", lambda name, content: None if name == record else content)
    with pytest.raises(ModelError) as caught:
        load_pt2(path)
    assert "bad.pt2" in str(caught.value)


def test_a_program_exported_in_training_mode_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "train.pt2"
    torch.export.save(torch.export.export(_model().train(), (torch.zeros(SHAPE),)), path)
    with pytest.raises(ModelError, match="eval"):
        load_pt2(path)


def test_a_program_with_dropout_in_training_mode_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "train.pt2"
    module = nn.Sequential(nn.Linear(4, 3), nn.Dropout()).train()
    torch.export.save(torch.export.export(module, (torch.zeros(1, 4),)), path)
    with pytest.raises(ModelError, match="eval"):
        load_pt2(path)


def test_dynamic_batch_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "dynamic.pt2"
    program = torch.export.export(_model(), (torch.zeros(2, *SHAPE[1:]),), dynamic_shapes=({0: torch.export.Dim("n")},))
    torch.export.save(program, path)
    with pytest.raises(ModelError, match="dynamic sizes"):
        load_pt2(path)


def test_wrong_batch_and_dtype_are_refused(tmp_path: Path) -> None:
    cases = (("batch", nn.Linear(4, 3), torch.zeros(2, 4), "batch of 1"),
             ("integers", nn.Embedding(5, 3), torch.zeros(1, 4, dtype=torch.int64), "dtype int64"))
    for name, module, x, message in cases:
        path = tmp_path / f"{name}.pt2"
        torch.export.save(torch.export.export(module, (x,)), path)
        with pytest.raises(ModelError, match=message):
            load_pt2(path)


#: name -> operators of the canonical graph
NETWORKS = {
    "resnet8": {"conv2d": 9, "add": 3, "avg_pool2d": 1, "reshape": 1, "linear": 1, "softmax": 1},
    "dscnn": {"conv2d": 5, "depthwise_conv2d": 4, "avg_pool2d": 1, "reshape": 1, "linear": 1, "softmax": 1},
    "mbv1_vww": {"conv2d": 14, "depthwise_conv2d": 13, "avg_pool2d": 1, "reshape": 1, "linear": 1, "softmax": 1},
    "fcae": {"linear": 10},
}


@pytest.mark.parametrize("name", NETWORKS)
def test_shared_network(name: str) -> None:
    path = SHARED / "models" / f"{name}.pt2"
    if not path.exists():
        pytest.skip(f"{path.name} is not here: ../shared is absent")
    graph = canonicalise(load_pt2(path))
    assert {op: count(graph, op) for op in {n.op for n in graph.nodes}} == NETWORKS[name]
    with np.load(SHARED / "data" / f"{name}_evaluation.npz") as archive:
        x = archive["x"][:4]
    module = torch.export.load(path).module()
    with torch.no_grad():
        want = np.concatenate([module(torch.tensor(row[None])).numpy() for row in x])
    np.testing.assert_allclose(run(graph, [x])[0], want, rtol=1e-4, atol=1e-4)
    if len(graph.tensors[graph.inputs[0]].shape) == 4:
        assert graph.layouts[graph.inputs[0]] == (0, 2, 3, 1)
