"""What the device cannot run is found at capture and reported with module path, source line and a rewrite."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from tests.frontend.models import Call
from toolchain.errors import ModelError
from toolchain.frontend import capture

IMAGE, SEQUENCE, VECTOR = torch.zeros(1, 4, 8, 8), torch.zeros(1, 6, 12), torch.zeros(1, 12)


def error_of(module: Any, inputs: Any) -> ModelError:
    with pytest.raises(ModelError) as caught:
        capture(module, inputs, "model")
    return caught.value


#: name -> (module, input, call that the message names, part of the rewrite)
UNSUPPORTED: dict[str, tuple[nn.Module, torch.Tensor, str, str]] = {
    "lstm": (nn.LSTM(12, 5, batch_first=True), SEQUENCE, "lstm", "nn.Conv1d"),
    "gru": (nn.GRU(12, 5, batch_first=True), SEQUENCE, "gru", "nn.Conv1d"),
    "attention": (nn.TransformerEncoderLayer(12, 2, batch_first=True), SEQUENCE, "scaled_dot_product_attention",
                  "nn.Linear"),
    "matmul": (Call(lambda m, x: x @ x.transpose(1, 2)), SEQUENCE, "matmul", "nn.Linear"),
    "einsum": (Call(lambda m, x: torch.einsum("bci,bcj->bij", x, x)), SEQUENCE, "einsum", "nn.Linear"),
    "group norm": (nn.GroupNorm(2, 4), IMAGE, "group_norm", "nn.BatchNorm2d"),
    "layer norm": (nn.LayerNorm(12), VECTOR, "layer_norm", "nn.BatchNorm1d"),
    "instance norm": (nn.InstanceNorm2d(4), IMAGE, "instance_norm", "nn.BatchNorm2d"),
    "bilinear": (nn.Upsample(scale_factor=2, mode="bilinear"), IMAGE, "upsample_bilinear2d", "nearest"),
    "transposed convolution": (nn.ConvTranspose2d(4, 3, 2, 2), IMAGE, "conv_transpose2d", "nn.Upsample"),
    "conv3d": (nn.Conv3d(1, 2, 3), torch.zeros(1, 1, 4, 4, 4), "conv3d", "nn.Conv2d"),
    "squeeze of the batch": (Call(lambda m, x: x.mean((2, 3), True).squeeze()), IMAGE, "squeeze", "x.flatten(1)"),
    "view of all": (Call(lambda m, x: x.view(-1)), IMAGE, "view", "x.flatten(1)"),
    "permute of the batch": (Call(lambda m, x: x.permute(1, 0, 2)), SEQUENCE, "permute", "batch_first"),
    "mean over the batch": (Call(lambda m, x: x.mean(0, keepdim=True)), VECTOR, "mean", "dim=(1,)"),
    "softmax over the batch": (nn.Softmax(0), VECTOR, "softmax", "dim=1"),
    "cat on the batch": (Call(lambda m, x: torch.cat([x, x])), VECTOR, "cat", "dim=1"),
    "cat with a constant": (Call(lambda m, x: torch.cat([x, m.p], 1), p=torch.ones(1, 3)), VECTOR, "cat", "F.pad"),
    "gather": (Call(lambda m, x: x[:, [0, 2]]), VECTOR, "index", "slices"),
    "repeat": (Call(lambda m, x: x.repeat(1, 2)), VECTOR, "repeat", "torch.cat"),
    "where": (Call(lambda m, x: torch.where(x > 0, x, -x)), VECTOR, "where", "clamp"),
    "argmax": (Call(lambda m, x: x.argmax(1)), VECTOR, "argmax", "application"),
    "random": (Call(lambda m, x: x + torch.randn(12)), VECTOR, "randn", "register_buffer"),
    "indices of a pool": (nn.MaxPool2d(2, return_indices=True), IMAGE, "getitem", "return_indices=False"),
    "statistics of the batch": (nn.BatchNorm2d(4, track_running_stats=False), IMAGE, "_native_batch_norm_legit",
                                "eval()"),
    "relu of expand": (Call(lambda m, x: F.relu(x.expand(1, 3, 12))), VECTOR, "relu", "broadcast"),
    "cast to integers": (Call(lambda m, x: x.to(torch.int32).float()), VECTOR, "_to_copy", "float values"),
    "constant output": (Call(lambda m, x: (x + 1, torch.ones(1, 3))), VECTOR, "output", "leave it out"),
    "maximum of two": (Call(lambda m, x: torch.maximum(x, x * 2)), VECTOR, "maximum", "relu(a - b) + b"),
    "rounding division": (Call(lambda m, x: torch.div(x, 2, rounding_mode="floor")), VECTOR, "div", "true division"),
    "power": (Call(lambda m, x: x ** 2.5), VECTOR, "pow", "exponent"),
    "softplus": (nn.Softplus(beta=2), VECTOR, "softplus", "nn.Softplus()"),
    "threshold": (nn.Threshold(0.1, 20.0), VECTOR, "threshold", "relu"),
}


@pytest.mark.parametrize("name", UNSUPPORTED)
def test_unsupported_call_names_operator_and_rewrite(name: str) -> None:
    module, x, operator, rewrite = UNSUPPORTED[name]
    error = error_of(module, x)
    assert operator in [label for label, _ in error.details]
    assert any(rewrite in hint and operator in hint for hint in error.hints), error.hints


class _TwoProblems(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(nn.GRU(12, 5, batch_first=True))
        self.norm = nn.LayerNorm(5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y, _ = self.encoder(x)
        y = self.norm(y)
        return y.squeeze()


def test_all_problems_are_reported_at_once_with_module_path_and_source_line() -> None:
    error = error_of(_TwoProblems(), SEQUENCE)
    text = str(error)
    assert [label for label, _ in error.details] == ["gru", "layer_norm", "squeeze"]
    assert "encoder.0" in text and "test_errors.py" in text
    assert "y, _ = self.encoder(x)" in text and "return y.squeeze()" in text and "norm: " in text
    assert len(error.hints) == 3


def test_a_problem_is_reported_once_and_not_for_what_follows_from_it() -> None:
    error = error_of(Call(lambda m, x: F.relu(m.l(x.squeeze())) + 1, l=nn.Linear(12, 3)), VECTOR)
    assert [label for label, _ in error.details] == ["squeeze"]


#: name -> (module, inputs, part of the message)
REFUSED: dict[str, tuple[Callable[[], Any], Any, str]] = {
    "not a module": (lambda: {"weight": torch.zeros(3)}, VECTOR, "not torch.nn.Module"),
    "batch of 8": (lambda: nn.Linear(12, 3), torch.zeros(8, 12), "[8, 12]: axis 0 must be a batch of 1"),
    "no batch": (lambda: nn.Linear(12, 3), torch.zeros(12), "[12]: axis 0 must be a batch of 1"),
    "integer input": (lambda: nn.Embedding(5, 3), torch.zeros(1, 3, dtype=torch.int64), "dtype int64, must be float32"),
    "input that is no tensor": (lambda: nn.Linear(12, 3), (3.0,), "example input 0 is a float"),
    "shape that does not fit": (lambda: nn.Linear(3, 3), VECTOR, "does not run on its example inputs"),
    "branch on data": (lambda: Call(lambda m, x: x if x.sum() > 0 else -x), VECTOR, "torch.export cannot trace"),
    "value of a tensor": (lambda: Call(lambda m, x: x * float(x.max())), VECTOR, "torch.export cannot trace"),
    "state": (lambda: Call(lambda m, x: x + m.n.add_(1), n=torch.ones(1)), VECTOR, "changes n while it runs"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_model(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    make, inputs, message = REFUSED[name]
    error = error_of(make(), inputs)
    assert message in str(error)
    assert error.hints and error.exit_code == 1
    assert capfd.readouterr() == ("", "")


def test_weights_that_are_not_finite_are_named_and_counted() -> None:
    model = nn.Sequential(nn.Linear(12, 3), nn.ReLU(), nn.Linear(3, 2))
    with torch.no_grad():
        model[0].weight[0, :2] = float("nan")
        model[2].bias[0] = float("inf")
    error = error_of(model, VECTOR)
    assert dict(error.details) == {"0.weight": "2 NaN, 0 infinite of 36 elements",
                                   "2.bias": "0 NaN, 1 infinite of 2 elements"}


def test_capture_leaves_the_module_as_it_was() -> None:
    model = nn.Sequential(nn.Conv2d(4, 4, 3), nn.BatchNorm2d(4), nn.Dropout(0.5)).train()
    model[1].eval()
    before = {k: v.clone() for k, v in model.state_dict().items()}
    capture(model, IMAGE, "model")
    assert [m.training for m in model.modules()] == [True, True, False, True]
    assert all(torch.equal(before[k], v) for k, v in model.state_dict().items())
