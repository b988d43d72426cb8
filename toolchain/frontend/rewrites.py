"""What to write instead of an aten operator that has no lowering; shown with every error of the front end."""

from __future__ import annotations

from collections.abc import Mapping

_EVAL = "model.eval() before torch.export.export"
_NORM = "nn.BatchNorm1d or nn.BatchNorm2d: they fold into the layer before and cost nothing"
_RECURRENT = "a stack of (dilated) nn.Conv1d over the time axis"
_ATTENTION = "convolutions, or nn.Linear and products with constants; matrix products of two activations are not there"
_RESIZE = "mode='nearest', or a convolution with stride"
_TRANSPOSED = "nn.Upsample(scale_factor=2) (nearest) followed by nn.Conv1d or nn.Conv2d"
_VOLUME = "nn.Conv2d with the depth axis folded into the channels by reshape"
_INDEX = "slices: x[:, a:b:step], torch.cat of slices"
_MASK = "clamp, relu, or a product with a constant mask"
_STATISTICS = "x.mean(dim), or (x - mean).square().mean(dim) for a variance"
_OUTSIDE = "leave it out of the model and do it on the outputs in the application"
_RANDOM = "a fixed buffer (register_buffer), or an input of the model"
_CONTROL = "one graph without branches on data: compute both sides and blend them, or split the model"

#: aten name -> rewrite; these are found in the exported program before torch takes composite operators apart
REWRITES: Mapping[str, str] = {
    **dict.fromkeys(("lstm", "lstm_cell", "gru", "gru_cell", "rnn_tanh", "rnn_relu", "rnn_tanh_cell", "rnn_relu_cell"),
                    _RECURRENT),
    **dict.fromkeys(("scaled_dot_product_attention", "_native_multi_head_attention", "multi_head_attention_forward",
                     "_scaled_dot_product_flash_attention_for_cpu", "bmm", "baddbmm", "einsum", "matmul"), _ATTENTION),
    **dict.fromkeys(("layer_norm", "native_layer_norm", "group_norm", "native_group_norm", "instance_norm", "rms_norm",
                     "_fused_rms_norm", "local_response_norm"), _NORM),
    **dict.fromkeys(("upsample_bilinear2d", "upsample_linear1d", "upsample_bicubic2d", "_upsample_bilinear2d_aa",
                     "grid_sampler", "grid_sampler_2d"), _RESIZE),
    **dict.fromkeys(("conv_transpose1d", "conv_transpose2d", "conv_transpose3d"), _TRANSPOSED),
    **dict.fromkeys(("conv3d", "max_pool3d", "max_pool3d_with_indices", "avg_pool3d", "adaptive_avg_pool3d"), _VOLUME),
    **dict.fromkeys(("index", "index_select", "gather", "take", "embedding", "roll", "unfold", "im2col",
                     "repeat", "tile", "repeat_interleave", "select_scatter", "slice_scatter", "index_put", "scatter",
                     "copy", "fill"), _INDEX),
    **dict.fromkeys(("where", "masked_fill", "gt", "lt", "ge", "le", "eq", "ne", "sign", "logical_not"), _MASK),
    **dict.fromkeys(("var", "var_mean", "std", "std_mean", "linalg_vector_norm", "norm", "prod"), _STATISTICS),
    **dict.fromkeys(("argmax", "argmin", "topk", "sort", "argsort", "max", "min", "median", "round", "floor", "ceil",
                     "cumsum", "nonzero", "unique"), _OUTSIDE),
    **dict.fromkeys(("rand", "randn", "randint", "rand_like", "randn_like", "bernoulli", "normal",
                     "multinomial"), _RANDOM),
    **dict.fromkeys(("native_dropout", "native_batch_norm", "_native_batch_norm_legit", "bernoulli_",
                     "_native_batch_norm_legit_functional", "_batch_norm_with_update"), _EVAL),
    **dict.fromkeys(("cond", "while_loop", "map_impl", "scan"), _CONTROL),
    "wrap_with_set_grad_enabled": "forward() without torch.no_grad(): nothing is differentiated on the device",
    "wrap_with_autocast": "forward() without autocast: the graph is float32 until it is quantised",
    "amin": "-torch.amax(-x, dim)",
    "sin": "a table of the function as a buffer times a one-hot input, or a feature computed in the application",
    "cos": "a feature computed in the application",
    "erf": "nn.GELU, which is one operator",
    "log_sigmoid": "nn.Sigmoid inside the model, the logarithm outside",
    "floor_divide": _OUTSIDE,
}

#: rewrites for calls that move or drop the batch, axis 0
BATCH_REWRITES: Mapping[str, str] = {
    "squeeze": "x.flatten(1), or x.squeeze(dim) with the axes named",
    "view": "x.flatten(1), or x.view(1, -1): the batch stays the first axis",
    "reshape": "x.flatten(1), or x.reshape(1, -1): the batch stays the first axis",
    "select": "x[:, i]: the batch stays the first axis",
    "slice": "slices of the sample: x[:, ...]",
    "permute": "a permute that begins with 0 (batch_first=True for sequences)",
    "transpose": "a transpose of axes other than 0 (batch_first=True for sequences)",
    "t": "nn.Linear, which takes [1, features]",
    "mean": "x.mean(dim) over axes other than 0, or x.flatten(1).mean(1, keepdim=True)",
    "sum": "x.sum(dim) over axes other than 0",
    "cat": "torch.cat along dim=1 or later",
    "stack": "torch.stack along dim=1 or later",
    "unsqueeze": "x.unsqueeze(dim) with dim 1 or later",
}

GENERAL = "`toolchain ops` lists the operators there are; or run this part of the model in the application"
