"""The peak of live tensor bytes, against sums that can be done by hand."""

import gc

import pytest
import torch

from inrbench.meters.live_tensors import LiveTensors
from inrbench.meters.reading import Reading, measured

MIB = 2**20


def floats(mebibytes):
    """A tensor of so many MiB, made without a temporary."""
    return torch.empty(mebibytes * MIB // 4)


def test_peak_counts_what_lives_together_and_forgets_what_was_freed():
    with LiveTensors() as live:
        a = floats(3)
        del a
        b = floats(2)
        c = floats(2)
        del b, c
        d = floats(1)
    assert live.peak == 4 * MIB
    assert d is not None


def test_an_operation_needs_its_arguments_and_its_result_at_once():
    a = floats(2)
    with LiveTensors() as live:
        b = a + 1
        b.add_(1).mul_(2)
    assert live.peak == 4 * MIB


def test_a_storage_counts_once_with_all_its_bytes_however_many_views_see_it():
    a = floats(4)
    with LiveTensors() as live:
        parts = [part.reshape(2, -1).t() for part in a[: a.numel() // 2].chunk(8)]
        wide = a[:1].expand(1000, 1000)
    assert live.peak == 4 * MIB
    assert len(parts) == 8 and wide.numel() == 10**6


def test_a_storage_lives_as_long_as_its_last_view():
    with LiveTensors() as live:
        a = floats(2)
        view = a[1:]
        del a
        floats(1)
        del view
        floats(2)
    assert live.peak == 3 * MIB


def test_lists_of_tensors_are_seen():
    a = [floats(1), floats(2)]
    with LiveTensors() as live:
        torch._foreach_add_(a, 1.0)
        joined = torch.cat(a)
    assert live.peak == 6 * MIB
    assert joined.numel() * 4 == 3 * MIB


def test_saved_activations_count_until_backward_has_used_them():
    """y = sum exp(exp(exp x)): three results are saved, each of 1 MiB, beside x."""
    x = floats(1).zero_().requires_grad_()
    with LiveTensors() as forward:
        y = x
        for _ in range(3):
            y = y.exp()
        y = y.sum()
    assert forward.peak == 4 * MIB + 4

    with LiveTensors() as live:
        y = x
        for _ in range(3):
            y = y.exp()
        del y
        after = floats(2)
    assert live.peak == 4 * MIB, "a dropped graph frees what it saved"
    assert after.numel()

    with LiveTensors() as live:
        y = x
        for _ in range(3):
            y = y.exp()
        y = y.sum()
        y.backward()
        # Deepest: x, the three results, and the first product; y and the 1 it starts from.
        assert live.peak == 5 * MIB + 8
        floats(4)
    assert live.peak == 6 * MIB + 4, "only x, its gradient, and y are left beside the new one"


def test_without_graph_nothing_is_saved():
    x = floats(1).zero_()
    with LiveTensors() as live, torch.no_grad():
        y = x
        for _ in range(10):
            y = y.exp()
    assert live.peak == 3 * MIB  # x, the argument and the result of one step


class Square(torch.autograd.Function):
    """x -> x^2, saving x and a buffer as large that nobody needs."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x, torch.empty_like(x))
        return x * x

    @staticmethod
    def backward(ctx, g):
        x, _ = ctx.saved_tensors
        return 2 * x * g


def test_what_a_custom_function_saves_counts():
    x = floats(1).zero_().requires_grad_()
    with LiveTensors() as live:
        y = Square.apply(x)
        assert live.peak == 3 * MIB
        y.backward(torch.ones_like(y))
    assert live.peak == 6 * MIB  # x, buffer, y, g, 2x, 2xg


def test_a_resized_storage_counts_with_its_new_size():
    a = torch.empty(0)
    with LiveTensors() as live:
        a.resize_(MIB // 4)
        assert live.peak == MIB
        a.untyped_storage().resize_(3 * MIB)
        a.zero_()
        assert live.peak == 3 * MIB
        a.untyped_storage().resize_(0)
        a.resize_(0)
        floats(2)
    assert live.peak == 3 * MIB


def test_the_storage_that_a_parameter_gives_up_is_freed():
    weight = torch.nn.Parameter(floats(2))
    with LiveTensors() as live:
        weight.data = floats(1)
        weight.sum()
        weight.data = floats(2)
        weight.sum()
    assert live.peak == 3 * MIB  # 2 MiB come while the 1 MiB is still there; the first 2 are gone


def test_adam_holds_two_moments_beside_weights_and_gradients():
    weight = torch.nn.Parameter(floats(4))
    optimiser = torch.optim.Adam([weight], foreach=False)
    weight.grad = floats(4)
    with LiveTensors() as live:
        optimiser.step()
        optimiser.step()
    # Weight, gradient, both moments; sqrt(s) and its quotient; a few bytes that count the steps.
    assert 24 * MIB <= live.peak <= 24 * MIB + 16


@pytest.mark.filterwarnings("ignore:Sparse")
@pytest.mark.parametrize("make", [torch.sparse_csr_tensor, torch.sparse_csc_tensor])
def test_a_sparse_matrix_is_left_out_even_if_it_is_built_inside(make):
    x = torch.ones(1000)
    with LiveTensors() as live:
        entries = torch.arange(1000, dtype=torch.int32), torch.ones(1000)
        matrix = make(torch.arange(1001, dtype=torch.int32), *entries, (1000, 1000))
        del entries
        y = matrix @ x
    assert torch.equal(y, x)
    assert live.peak == 8000  # x and y; the 12 bytes an entry of the matrix are nowhere in it


def test_a_sparse_matrix_of_coordinates_is_left_out():
    x = torch.ones(1000)
    matrix = torch.sparse_coo_tensor(torch.arange(1000).expand(2, 1000), torch.ones(1000))
    with LiveTensors() as live:
        y = matrix @ x
    assert torch.equal(y, x)
    assert live.peak == 8000


def network_run():
    torch.manual_seed(0)
    layers = [torch.nn.Linear(64, 64), torch.nn.ReLU()] * 3
    network = torch.nn.Sequential(*layers, torch.nn.Linear(64, 1))
    optimiser = torch.optim.Adam(network.parameters())
    for _ in range(3):
        optimiser.zero_grad()
        network(torch.rand(500, 64)).square().mean().backward()
        optimiser.step()


def test_the_peak_repeats_to_the_byte():
    peaks = []
    for _ in range(4):
        with LiveTensors() as live:
            network_run()
        peaks.append(live.peak)
    assert len(set(peaks)) == 1


def test_the_peak_does_not_depend_on_when_the_collector_comes():
    def cycle():
        loop = [floats(1)]
        loop.append(loop)

    peaks = []
    old = gc.get_threshold()
    try:
        for threshold in (1, 10**6):
            gc.set_threshold(threshold)
            with LiveTensors() as live:
                for _ in range(3):
                    cycle()
            peaks.append(live.peak)
    finally:
        gc.set_threshold(*old)
    assert peaks == [3 * MIB, 3 * MIB]
    assert gc.isenabled()


def test_the_network_computes_the_same_under_the_meter():
    torch.manual_seed(1)
    x = torch.rand(64, 64, requires_grad=True)
    (plain,) = torch.autograd.grad((x @ x).sin().sum(), x)
    with LiveTensors():
        (metered,) = torch.autograd.grad((x @ x).sin().sum(), x)
    assert torch.equal(plain, metered)


def test_reading_is_the_peak_or_none_with_a_reason():
    with LiveTensors() as live:
        torch.ones(256)
    assert live.reading() == Reading(
        "tensor_peak", 1024, "live storages at each torch operation, on cpu"
    )
    with LiveTensors() as idle:
        pass
    assert idle.peak == 0
    assert idle.reading().bytes is None and "0 bytes" in idle.reading().how


def test_a_reading_is_never_zero():
    with pytest.raises(ValueError, match="0 bytes: a reading is above 0"):
        Reading("rss_peak", 0, "somehow")
    with pytest.raises(ValueError, match="how"):
        Reading("rss_peak", 1, "")
    assert measured("rss_peak", -5, "x").bytes is None
    assert measured("rss_peak", 5, "x").bytes == 5


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_on_cuda_the_peak_is_that_of_the_cpu():
    def peak(device):
        torch.manual_seed(0)
        network = torch.nn.Sequential(
            torch.nn.Linear(64, 64), torch.nn.ReLU(), torch.nn.Linear(64, 1)
        ).to(device)
        x = torch.rand(500, 64).to(device)
        with LiveTensors() as live:
            for _ in range(2):
                network.zero_grad()
                network(x).square().mean().backward()
        return live.peak

    assert peak("cuda") == peak("cpu")
    torch.cuda.synchronize()
    torch.cuda.reset_peak_memory_stats()
    before = torch.cuda.memory_allocated()
    with LiveTensors() as live:
        torch.empty(64 * MIB, dtype=torch.uint8, device="cuda")
    assert live.peak == torch.cuda.max_memory_allocated() - before == 64 * MIB


def test_held_is_what_is_alive_at_the_moment():
    with LiveTensors() as live:
        kept = torch.ones(256) + 1
        torch.ones(1024) + 1
        assert live.held == 1024
        del kept
        assert live.held == 0
    assert live.peak > 1024
