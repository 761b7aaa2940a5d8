"""What the cells of the experiment `regression` spend their time in, one kernel at a time.

Its data set, networks and gradient modes in one of its presets: a projection and an adjoint, the
network over the whole grid, and one gradient in each mode, with an objective that costs nothing.
On the CPU and, where there is one, on CUDA, whose kernels have ended when the clock is read. On
the CPU a yardstick is read before each round (`inrbench.meters.yardstick`), and the file holds, as
`extra_info` of each kernel, the quartiles of its paces, `pace`, beside `yardstick` (their median,
in seconds) and `yardstick_version`.

    pytest benchmarks/test_kernels.py --benchmark-autosave
    pytest benchmarks/test_kernels.py --benchmark-compare
"""

import statistics

import pytest
import torch
from distance import Distance
from inrbench.errors import Unsupported

from inrbench import datasets, gradients, networks, projectors
from inrbench.datasets.case import Case
from inrbench.experiments import files as experiment_files
from inrbench.meters.yardstick import VERSION, Yardstick
from inrbench.networks.rasterise import rasterise

_VALUES = experiment_files.load("regression").axis_values()
NETWORKS, MODES = (list(dict.fromkeys(_VALUES[axis])) for axis in ("network", "gradient"))
WARM_UP, ROUNDS = 3, 30


@pytest.fixture(scope="module")
def experiment(request):
    return experiment_files.load("regression", request.config.getoption("--preset"))


@pytest.fixture(scope="module")
def case(experiment):
    (label,) = experiment.datasets
    return datasets.read(experiment.dataset(label), Case.open)


@pytest.fixture(params=["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"])
def device(request):
    return request.param


@pytest.fixture
def projector(case, device):
    try:
        return projectors.make(case.scan.geometry, case.grid, device)
    except Unsupported as error:
        pytest.skip(str(error))


@pytest.fixture
def measure(benchmark, device):
    """Time rounds of one call each, to the end of what it started on the device."""
    wait = torch.cuda.synchronize if device == "cuda" else lambda: None
    yardstick = Yardstick() if device == "cpu" else None

    def timed(kernel, *arguments):
        def once():
            kernel(*arguments)
            wait()

        def read():
            if yardstick is not None:
                yardstick.read()

        benchmark.pedantic(once, setup=read, warmup_rounds=WARM_UP, rounds=ROUNDS)
        if yardstick is not None and benchmark.enabled:
            _paces(benchmark, yardstick)

    return timed


def _paces(benchmark, yardstick):
    readings = yardstick.readings[-ROUNDS:]
    paces = [s / r for s, r in zip(benchmark.stats.stats.data, readings, strict=True)]
    benchmark.extra_info["pace"] = statistics.quantiles(paces, n=4)
    benchmark.extra_info["yardstick"] = statistics.median(readings)
    benchmark.extra_info["yardstick_version"] = VERSION


def made(axis, key, experiment):
    part = experiment.part(axis, key)
    return part["name"], {name: value for name, value in part.items() if name != "name"}


@pytest.fixture
def network(request, experiment, case, device):
    name, parameters = made("network", request.param, experiment)
    return networks.make(name, case.grid, case.scale, **parameters).to(device)


def test_forward(measure, projector, case, device):
    measure(projector.forward, torch.rand(case.grid.shape, device=device))


def test_adjoint(measure, projector, case, device):
    measure(projector.adjoint, torch.rand(case.scan.sinogram.shape, device=device))


@pytest.mark.parametrize("network", NETWORKS, indirect=True)
def test_rasterise(measure, network, case):
    measure(rasterise, network, case.grid)


@pytest.mark.parametrize("network", NETWORKS, indirect=True)
@pytest.mark.parametrize("mode", MODES)
def test_gradient(measure, network, mode, experiment, case, device):
    name, parameters = made("gradient", mode, experiment)
    gradient = gradients.make(name, **parameters)
    objective = Distance(torch.rand(case.grid.shape, device=device))
    generator = torch.Generator(device).manual_seed(0)
    measure(gradient.backward, network, case.grid, objective, generator)
