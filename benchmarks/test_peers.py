"""TV and CGLS beside a peer: ODL's solvers on ASTRA's CPU projector, from the same scan.

The times are whole: from the scan to the image, with what each side prepares (a matrix and its
transpose here, norms of operators on both sides). Whose image is better is told by the objective,
taken by one and the same projector. Install the peer by `pip install --no-deps odl
array-api-compat future`, so that no pinned package changes.
"""

import itertools

import numpy as np
import pytest
import torch

from inrbench import projectors
from inrbench.datasets.simulate import forbild
from inrbench.objectives.total_variation import flattening_lambda, total_variation
from inrbench.solvers.cgls import cgls
from inrbench.solvers.chambolle_pock import MARGIN, SIGMA, balance, chambolle_pock

VIEWS, COLUMNS = 128, 384
STRENGTH = 2e-4
TV_ITERATIONS, CGLS_ITERATIONS = 500, 50
# Relative difference from the peer's objective or residual.
APART = 1e-3
SECONDS = 60.0


@pytest.fixture(scope="module")
def case():
    return forbild(size=256, views=VIEWS, columns=COLUMNS, photons=1e5)


class Peer:
    """ODL's operators for a scan and grid, turned by a right angle so that its axes are our rows
    and columns, and its TV ours. Its spaces are weighted by the areas of their cells: `weight` is
    that of a ray."""

    def __init__(self, odl, case):
        from odl.applications import tomo

        geometry, n, h = case.scan.geometry, case.grid.shape[0], case.grid.spacing
        half, turn = n * h / 2, np.pi / VIEWS
        wide = geometry.detector_count * geometry.detector_spacing / 2
        self.space = odl.uniform_discr([-half] * 2, [half] * 2, [n] * 2, dtype="float32")
        beam = tomo.FanBeamGeometry(
            odl.uniform_partition(np.pi / 2 - turn, 5 * np.pi / 2 - turn, VIEWS),
            odl.uniform_partition(-wide, wide, COLUMNS),
            geometry.source_to_axis,
            geometry.source_to_detector - geometry.source_to_axis,
        )
        self.odl, self.edge = odl, h
        self.forward = tomo.RayTransform(self.space, beam, impl="astra_cpu")
        self.y = self.forward.range.element(case.scan.sinogram.numpy())
        self.weight = self.forward.range.weighting.const

    def tv(self, lambda_):
        """f(x) times `weight`, with operators balanced as ours are and our steps: with others the
        peer ends elsewhere, further from the minimum."""
        odl, functionals = self.odl, self.odl.functionals
        gradient = odl.Gradient(self.space, method="forward", pad_mode="symmetric")
        a, d = (odl.power_method_opnorm(one, maxiter=10) for one in (self.forward, gradient))
        nu = a / d
        both = odl.BroadcastOperator(self.forward, nu * gradient)
        data = 0.5 * functionals.L2NormSquared(self.forward.range).translated(self.y)
        rough = lambda_ * self.weight / self.edge / nu * functionals.GroupL1Norm(gradient.range)
        positive = functionals.IndicatorNonnegativity(self.space)
        tau = 1 / (SIGMA * (MARGIN * odl.power_method_opnorm(both, maxiter=10)) ** 2)
        x, parts = self.space.zero(), functionals.SeparableSum(data, rough)
        odl.solvers.pdhg(x, positive, parts, both, TV_ITERATIONS, tau=tau, sigma=SIGMA)
        return torch.from_numpy(x.asarray())

    def cgls(self):
        x = self.space.zero()
        self.odl.solvers.conjugate_gradient_normal(self.forward, x, self.y, CGLS_ITERATIONS)
        return torch.from_numpy(x.asarray())


def side_by_side(benchmark, name, turn, rounds):
    """Each in turn, so often: the images, and the shortest seconds."""
    images, order = {}, itertools.cycle(turn)

    def once(who):
        images[who] = turn[who]()

    benchmark.pedantic(once, setup=lambda: ((next(order),), {}), rounds=rounds * len(turn))
    times = benchmark.stats.stats.data
    seconds = {who: min(times[i :: len(turn)]) for i, who in enumerate(turn)}
    benchmark.extra_info.update(seconds=seconds)
    threads = torch.get_num_threads()
    parts = ", ".join(f"{who} {taken:.1f} s" for who, taken in seconds.items())
    return images, seconds, f"\n{name}, 256x256, {VIEWS} x {COLUMNS}, {threads} threads: {parts}"


def made(case):
    return projectors.make(case.scan.geometry, case.grid)


def peer_of(case):
    odl = pytest.importorskip("odl", reason="no peer to stand beside: see `peers` in pyproject")
    return Peer(odl, case)


def test_the_peer_has_the_same_operator(case):
    """But for the few rays that run through corners of pixels, where rounding decides."""
    peer = peer_of(case)
    theirs = torch.from_numpy(peer.forward(peer.space.element(case.reference.numpy())).asarray())
    ours = made(case).forward(case.reference)
    assert float((ours - theirs).norm()) < 1e-4 * float(ours.norm())


def tv(case, gaps):
    """500 iterations from the scan on, with each gap looked at."""
    projector = made(case)
    lambda_ = STRENGTH * flattening_lambda(projector, case.scan.sinogram)
    balanced = balance(projector, torch.Generator().manual_seed(0))
    return chambolle_pock(
        projector, case.scan.sinogram, lambda_, TV_ITERATIONS, balanced,
        lambda k, value, gap, x: gaps.append(float(gap)),
    )  # fmt: skip


def test_tv_alone(benchmark, case, capsys):
    gaps = []
    benchmark.pedantic(tv, (case, gaps), rounds=1)
    (seconds,) = benchmark.stats.stats.data
    with capsys.disabled():
        print(
            f"\nTV, 256x256, {VIEWS} x {COLUMNS}, {TV_ITERATIONS} iterations, "
            f"{torch.get_num_threads()} threads: {seconds:.1f} s (target {SECONDS:.0f}), "
            f"gap {gaps[-1]:.1e}"
        )
    assert seconds < SECONDS


def test_tv(benchmark, case, capsys):
    peer = peer_of(case)
    projector = made(case)
    y = case.scan.sinogram
    lambda_ = STRENGTH * flattening_lambda(projector, y)
    images, seconds, line = side_by_side(
        benchmark, "TV", {"ours": lambda: tv(case, []), "odl": lambda: peer.tv(lambda_)}, rounds=1
    )

    def objective(image):
        residual = (projector.forward(image) - y).double()
        return 0.5 * float(residual.square().sum()) + lambda_ * total_variation(image)

    values = {who: objective(image) for who, image in images.items()}
    benchmark.extra_info.update(objectives=values)
    with capsys.disabled():
        parts = ", ".join(f"{who} {value:.5g}" for who, value in values.items())
        print(f"{line}; objective {parts}")
    assert values["ours"] == pytest.approx(values["odl"], rel=APART)
    assert seconds["ours"] < seconds["odl"]


def test_cgls(benchmark, case, capsys):
    peer = peer_of(case)
    images, seconds, line = side_by_side(
        benchmark, "CGLS",
        {"ours": lambda: cgls(made(case), case.scan.sinogram, CGLS_ITERATIONS),
         "odl": peer.cgls},
        rounds=2,
    )  # fmt: skip
    projector = made(case)
    residuals = {who: float((projector.forward(image) - case.scan.sinogram).norm())
                 for who, image in images.items()}  # fmt: skip
    benchmark.extra_info.update(residuals=residuals)
    with capsys.disabled():
        parts = ", ".join(f"{who} {value:.5g}" for who, value in residuals.items())
        print(f"{line}; residual {parts}")
    assert residuals["ours"] == pytest.approx(residuals["odl"], rel=APART)
    assert seconds["ours"] < seconds["odl"]
