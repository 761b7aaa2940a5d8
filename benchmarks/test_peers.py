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
from inrbench.solvers.cgls import cgls
from inrbench.solvers.chambolle_pock import balance, chambolle_pock
from inrbench.solvers.total_variation import flattening_lambda, total_variation

VIEWS, COLUMNS = 128, 384
STRENGTH = 2e-4
TV_ITERATIONS, CGLS_ITERATIONS = 500, 50
# Relative: how far our value may lie above the peer's, and how far apart the two.
ABOVE, APART = 1e-3, 0.02
SECONDS = 60.0


@pytest.fixture(scope="module")
def case():
    return forbild(size=256, views=VIEWS, columns=COLUMNS, photons=1e5)


class Peer:
    """ODL's operators for a scan and grid. Its spaces are weighted by the areas of their cells:
    `weight` is that of a ray, and images are indexed (x, y) upwards."""

    def __init__(self, odl, case):
        from odl.applications import tomo

        geometry, n, h = case.scan.geometry, case.grid.shape[0], case.grid.spacing
        half, turn = n * h / 2, np.pi / VIEWS
        wide = geometry.detector_count * geometry.detector_spacing / 2
        self.space = odl.uniform_discr([-half] * 2, [half] * 2, [n] * 2, dtype="float32")
        beam = tomo.FanBeamGeometry(
            odl.uniform_partition(-turn, 2 * np.pi - turn, VIEWS),
            odl.uniform_partition(-wide, wide, COLUMNS),
            geometry.source_to_axis,
            geometry.source_to_detector - geometry.source_to_axis,
        )
        self.odl, self.edge = odl, h
        self.forward = tomo.RayTransform(self.space, beam, impl="astra_cpu")
        self.y = self.forward.range.element(case.scan.sinogram.numpy())
        self.weight = self.forward.range.weighting.const

    def taken(self, image):
        return self.space.element(np.ascontiguousarray(image.numpy().T[:, ::-1]))

    def given(self, x):
        return torch.from_numpy(np.ascontiguousarray(x.asarray()[:, ::-1].T))

    def tv(self, lambda_):
        """f(x) times `weight`, with balanced operators as ours are, and sigma = tau: with the
        gradient as it is, f was far above its minimum after all iterations."""
        odl, functionals = self.odl, self.odl.functionals
        gradient = odl.Gradient(self.space, method="forward", pad_mode="symmetric")
        a, d = (odl.power_method_opnorm(one, maxiter=10) for one in (self.forward, gradient))
        nu = a / d
        both = odl.BroadcastOperator(self.forward, nu * gradient)
        data = 0.5 * functionals.L2NormSquared(self.forward.range).translated(self.y)
        rough = lambda_ * self.weight / self.edge / nu * functionals.GroupL1Norm(gradient.range)
        positive = functionals.IndicatorNonnegativity(self.space)
        step = 1 / (1.02 * odl.power_method_opnorm(both, maxiter=10))
        x, parts = self.space.zero(), functionals.SeparableSum(data, rough)
        odl.solvers.pdhg(x, positive, parts, both, TV_ITERATIONS, tau=step, sigma=step)
        return self.given(x)

    def cgls(self):
        x = self.space.zero()
        self.odl.solvers.conjugate_gradient_normal(self.forward, x, self.y, CGLS_ITERATIONS)
        return self.given(x)


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
    theirs = torch.from_numpy(peer.forward(peer.taken(case.reference)).asarray())
    ours = made(case).forward(case.reference)
    assert float((ours - theirs).norm()) < 1e-4 * float(ours.norm())


def test_tv(benchmark, case, capsys):
    projector = made(case)
    y = case.scan.sinogram
    lambda_ = STRENGTH * flattening_lambda(projector, y)
    gap = {}

    def ours():
        own = made(case)
        balanced = balance(own, torch.Generator().manual_seed(0))
        return chambolle_pock(
            own, y, lambda_, TV_ITERATIONS, balanced,
            lambda k, value, relative, x: gap.update(ours=float(relative)),
        )  # fmt: skip

    peer = peer_of(case)
    images, seconds, line = side_by_side(
        benchmark, "TV", {"ours": ours, "odl": lambda: peer.tv(lambda_)}, rounds=1
    )

    def objective(image):
        residual = (projector.forward(image) - y).double()
        return 0.5 * float(residual.square().sum()) + lambda_ * total_variation(image)

    values = {who: objective(image) for who, image in images.items()}
    benchmark.extra_info.update(objectives=values, gap=gap["ours"])
    with capsys.disabled():
        parts = ", ".join(f"{who} {value:.5g}" for who, value in values.items())
        print(f"{line}; objective {parts}; our gap {gap['ours']:.1e}")
    assert values["ours"] < (1 + ABOVE) * values["odl"]
    assert values["ours"] == pytest.approx(values["odl"], rel=APART)
    assert seconds["ours"] < min(SECONDS, seconds["odl"])


def test_cgls(benchmark, case, capsys):
    """The residuals part after some 30 iterations, by the rounding of single precision."""
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
    assert residuals["ours"] < (1 + ABOVE) * residuals["odl"]
    assert residuals["ours"] == pytest.approx(residuals["odl"], rel=APART)
    assert seconds["ours"] < seconds["odl"]
