"""tiny-cuda-nn's hash encoding: its configuration, the exchange of weights, and equal values.

On a CPU against a stand-in that follows tiny-cuda-nn's grid.h; on a GPU against itself.
"""

import sys
import types

import numpy as np
import pytest
import torch
from inrbench.errors import Unsupported

from inrbench import networks
from inrbench.grid import Grid
from inrbench.networks import tinycudann as backend
from inrbench.networks.hash_encoding import HashEncoding
from inrbench.networks.last_layer import last_layer_features
from inrbench.testing import NetworkContract

SMALL = {"levels": 4, "log2_table": 6, "coarsest": 4, "finest": 16, "width": 8}


class Encoding(torch.nn.Module):
    """grid.h in plain loops: sizes in float32, tables padded to 8 rows, a hash modulo 2^32."""

    def __init__(self, n_input_dims, encoding_config, seed=1337, dtype=None):
        super().__init__()
        self.dtype = dtype
        self.config = c = encoding_config
        self.n_output_dims = c["n_levels"] * c["n_features_per_level"]
        base = np.float32(c["base_resolution"])
        step = np.log2(np.float32(c["per_level_scale"]))
        self.scales = [
            np.exp2(np.float32(k) * step) * base - np.float32(1) for k in range(c["n_levels"])
        ]
        self.sizes = [int(np.ceil(scale)) + 1 for scale in self.scales]
        self.rows = [
            min((n**n_input_dims + 7) // 8 * 8, 2 ** c["log2_hashmap_size"]) for n in self.sizes
        ]
        generator = torch.Generator().manual_seed(seed)
        count = sum(self.rows) * c["n_features_per_level"]
        self.params = torch.nn.Parameter(torch.rand(count, generator=generator) * 2e-4 - 1e-4)

    def forward(self, x):
        features, dimension = self.config["n_features_per_level"], x.shape[1]
        first, encoded = 0, []
        for scale, size, rows in zip(self.scales, self.sizes, self.rows, strict=True):
            table = self.params[first * features : (first + rows) * features].view(rows, features)
            position = x * float(scale) + 0.5
            cell = position.floor().long()
            fraction = position - cell
            level = torch.zeros(len(x), features, dtype=x.dtype)
            for corner in range(2**dimension):
                weight, number, mixed = torch.ones(len(x), dtype=x.dtype), 0, 0
                for axis, prime in zip(range(dimension), (1, 2654435761, 805459861), strict=False):
                    upper = corner >> axis & 1
                    place = cell[:, axis] + upper
                    weight = weight * (fraction[:, axis] if upper else 1 - fraction[:, axis])
                    number = number + place * size**axis
                    mixed = mixed ^ (place * prime % 2**32)
                index = (number if size**dimension <= rows else mixed) % rows
                level = level + weight[:, None] * table[index]
            encoded.append(level)
            first += rows
        return torch.cat(encoded, dim=1)


@pytest.fixture
def stand_in(monkeypatch):
    """A module `tinycudann` with the stand-in, which runs on the CPU."""
    module = types.ModuleType("tinycudann")
    module.Encoding = Encoding
    monkeypatch.setitem(sys.modules, "tinycudann", module)
    monkeypatch.setattr(backend, "DEVICE", "cpu")


@pytest.mark.usefixtures("stand_in")
class TestContract(NetworkContract):
    name = "hash_encoding"
    parameters = {**SMALL, "backend": "tinycudann"}  # noqa: RUF012


def both(dimension, **parameters):
    grid = Grid((4,) * dimension, 1.0)
    return [
        networks.make("hash_encoding", grid, 0.02, seed=3, backend=name, **parameters)
        for name in ("torch", "tinycudann")
    ]


# Of a point's place in its cell, which float32 holds to 16 cells * 6e-8, with room for sums.
ROUNDING = 1e-4


def least_rectifier_input(network, points):
    """How near any rectifier of the MLP comes to its kink at 0."""
    inputs = []

    def keep(layer, _, output):
        inputs.append(float(output.detach().abs().min()))  # before the rectifier, in place

    layers = [m for m in network.mlp if isinstance(m, torch.nn.Linear)][:-1]
    handles = [layer.register_forward_hook(keep) for layer in layers]
    network(points)
    for handle in handles:
        handle.remove()
    return min(inputs)


def check_values_and_gradients(ours, theirs, points, device="cpu"):
    """The same function with the same gradient, table and MLP alike, but for rounding.

    The encoding is continuous in a point and linear in the table. A rectifier's slope jumps at 0,
    where each back end may take either side: no unit may be near. Points' weights are positive:
    hidden units hardly vary from point to point, and a sum that cancels would be all rounding.
    """
    unit = (points + 1) / 2
    with torch.no_grad():
        encoded = [ours.encode(unit), theirs.encoding(unit.to(device)).cpu()]
        values = [ours(points), theirs(points.to(device)).cpu()]
    torch.testing.assert_close(*encoded, rtol=0, atol=ROUNDING * float(encoded[0].abs().max()))
    torch.testing.assert_close(*values)
    assert least_rectifier_input(ours, points) > ROUNDING
    weights = torch.linspace(0, 1, len(points))
    for network, where in ((ours, "cpu"), (theirs, device)):
        torch.dot(network(points.to(where)), weights.to(where)).backward()
    pairs = [(ours.table.grad.flatten(), theirs.encoding.params.grad)]
    pairs += [(a.grad, b.grad) for a, b in
              zip(ours.mlp.parameters(), theirs.mlp.parameters(), strict=True)]  # fmt: skip
    for expected, found in pairs:
        assert float((found.cpu() - expected).norm() / expected.norm()) < ROUNDING


@pytest.mark.parametrize("features", [1, 2, 4])
@pytest.mark.parametrize("dimension", [2, 3])
def test_values_and_gradients_are_those_of_the_torch_backend(stand_in, dimension, features):
    ours, theirs = both(dimension, **SMALL, features=features)
    points = 2 * torch.rand(500, dimension, generator=torch.Generator().manual_seed(0)) - 1
    check_values_and_gradients(ours, theirs, points)


def test_it_is_configured_as_tiny_cuda_nn_names_things(stand_in):
    _, theirs = both(2, **SMALL)
    config = dict(theirs.encoding.config)
    assert config.pop("per_level_scale") == pytest.approx(4 ** (1 / 3), rel=1e-5)
    assert config == {
        "otype": "HashGrid", "n_levels": 4, "n_features_per_level": 2, "log2_hashmap_size": 6,
        "base_resolution": 4, "interpolation": "Linear",
    }  # fmt: skip
    assert theirs.encoding.dtype == torch.float32


def test_one_parameter_holds_all_tables_and_starts_from_the_same_numbers(stand_in):
    ours, theirs = both(2, **SMALL)
    assert torch.equal(theirs.encoding.params, ours.table.flatten())
    assert {name for name, _ in theirs.named_parameters() if "mlp" not in name} == {
        "encoding.params"
    }
    for a, b in zip(ours.mlp.parameters(), theirs.mlp.parameters(), strict=True):
        assert torch.equal(a, b)


@pytest.mark.parametrize("coarsest, finest, levels", [
    (8, 128, 8), (16, 1024, 16), (16, 512, 16), (4, 64, 5), (16, 64, 3), (2, 2048, 11),
    (16, 320, 8), (16, 2048, 16), (16, 16, 4), (32, 32, 1),
])  # fmt: skip
def test_float32_gives_every_level_its_vertices(stand_in, coarsest, finest, levels):
    """Also where finest / coarsest is a power, and the nearest float32 would give one more."""
    ours = HashEncoding(2, 1.0, levels=levels, log2_table=8, coarsest=coarsest, finest=finest)
    vertices = ours.vertices.tolist()
    b = backend.level_scale(vertices, finest)
    assert np.float32(b) == b
    sizes = {"log2_hashmap_size": 8, "base_resolution": coarsest, "per_level_scale": b}
    other = Encoding(2, {"n_levels": levels, "n_features_per_level": 2, **sizes})
    assert other.sizes == vertices


def test_the_features_of_the_last_layer_are_those_of_the_torch_backend(stand_in):
    ours, theirs = both(2, **SMALL)
    points = 2 * torch.rand(50, 2, generator=torch.Generator().manual_seed(0)) - 1
    ours, theirs = (last_layer_features(network, points) for network in (ours, theirs))
    torch.testing.assert_close(ours, theirs)


def test_without_tinycudann_the_cell_is_unsupported(monkeypatch):
    monkeypatch.setitem(sys.modules, "tinycudann", None)
    with pytest.raises(Unsupported, match=r"cannot be imported.*take backend: torch"):
        HashEncoding(2, 1.0, backend="tinycudann")


def test_without_a_gpu_the_cell_is_unsupported(stand_in, monkeypatch):
    monkeypatch.setattr(backend, "DEVICE", "cuda")
    _, theirs = both(2, **SMALL)
    with pytest.raises(Unsupported, match="device cpu: it runs on a GPU only"):
        theirs(torch.zeros(3, 2))


def test_what_tinycudann_cannot_have_is_unsupported(stand_in, monkeypatch):
    with pytest.raises(Unsupported, match="features=3: tinycudann has 1, 2, 4, 8"):
        HashEncoding(2, 1.0, features=3, backend="tinycudann")
    monkeypatch.setattr(Encoding, "n_output_dims", property(lambda self: 16, lambda *_: None),
                        raising=False)  # fmt: skip
    with pytest.raises(Unsupported, match=r"16 outputs where backend: torch has .* and 8"):
        HashEncoding(2, 1.0, **SMALL, backend="tinycudann")


def test_an_unknown_backend_is_refused():
    with pytest.raises(ValueError, match="backend='cuda': expected one of torch, tinycudann"):
        HashEncoding(2, 1.0, backend="cuda")


class OnGPU(torch.nn.Module):
    """A network on the GPU that takes and gives tensors of the CPU, as the contract has them."""

    def __init__(self, network):
        super().__init__()
        self.network = network.to("cuda")

    def forward(self, x):
        return self.network(x.to("cuda")).cpu()


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
class TestOnGPU(NetworkContract):
    name = "hash_encoding"
    parameters = {**SMALL, "backend": "tinycudann"}  # noqa: RUF012

    def make(self, grid, scale=1.0, seed=0):
        pytest.importorskip("tinycudann")
        return OnGPU(super().make(grid, scale, seed))

    def test_gradient_is_the_derivative(self):
        """Its kernels are float32, so the gradient is compared with the torch backend's."""
        pytest.importorskip("tinycudann")
        for dimension in (2, 3):
            ours, theirs = both(dimension, **SMALL)
            points = 2 * torch.rand(500, dimension) - 1
            check_values_and_gradients(ours, theirs.to("cuda"), points, "cuda")
