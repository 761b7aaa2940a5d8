"""The contract of a whole cell: seeded, blind to the truth, honest about memory, without files."""

from __future__ import annotations

import contextlib
import functools
import gc
import inspect
import itertools
import os
import random
import signal
import tempfile
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Literal
from unittest import mock

import numpy as np
import torch

from inrbench import methods, registry
from inrbench.cells import spec as specs
from inrbench.datasets import prepared_path
from inrbench.datasets.case import Case
from inrbench.errors import Diverged, Unsupported
from inrbench.meters.clock import Clock
from inrbench.meters.live_tensors import LiveTensors
from inrbench.projectors.base import Projector
from inrbench.run.measurement import measure
from inrbench.run.monitor import TruthMonitor
from inrbench.testing.cases import BEAMS, small_case
from inrbench.testing.expect import Draws, expect
from inrbench.testing.files import written

# The small case is kept under the name of a data set; no cell looks further than its file.
DATASET = {"name": "forbild", "size": 24, "views": 17, "columns": 40}
# What numpy allocates for its arrays, which is no tensor's.
ARRAYS = tracemalloc.DomainFilter(True, np.lib.tracemalloc_domain)
LEFT = 2**16
"""Bytes of Python objects that a run may leave behind: caches of the interpreter's."""
HIDDEN = 2**23
"""Bytes beyond its tensors that a run on a small case may take outside torch."""
LEARNING_RATES = (1e-3, 1e-2, 1e-4)


class CellContract:
    """Inherit, and set `kind`, `name` and (small) `parameters`.

    A network, objective or gradient mode is tried in a small `inr` beside a SIREN, least squares
    and a jvp; a method by itself.
    """

    kind: ClassVar[Literal["network", "objective", "gradient", "method"]]
    name: ClassVar[str]
    parameters: ClassVar[dict[str, Any]] = {}
    told = 0
    """Iterations of which the last run told its monitor at the start."""

    def method(self, learning_rate: float = 1e-3) -> dict[str, Any]:
        """{name: registered method, **parameters} that the part under test stands in."""
        part = {"name": self.name, **self.parameters}
        if self.kind == "method":
            return part
        return {
            "name": "inr",
            "network": {"name": "siren", "width": 16, "layers": 2, "frequency": 10.0},
            "objective": {"name": "least_squares"},
            "gradient": {"name": "jvp", "rate": 0.5},
            "iterations": 20,
            "learning_rate": learning_rate,
            self.kind: part,
        }

    def case(self, truth: int = 0) -> Case:
        """A small case that the method can do, with one of two references."""
        return small_case(self._beam(), truth)

    @classmethod
    @functools.cache
    def _beam(cls) -> str:
        """The first of fan, parallel and cone beam that is not refused."""
        refused = []
        for beam in BEAMS:
            try:
                cls().run(small_case(beam))
            except Unsupported as error:
                refused.append(f"{beam} beam: {error}")
                continue
            except Diverged:
                pass  # another test says so
            return beam
        raise AssertionError("it refuses every scan: " + "; ".join(refused))

    def run(
        self, case: Case, seed: int = 0, method: dict[str, Any] | None = None
    ) -> tuple[torch.Tensor, list[dict[str, float]]]:
        """(image, history) of one reconstruction, under a monitor that sees the reference."""
        made = methods.make(scale=case.scale, **(method or self.method()))
        image, monitor = watched(made, case, seed)
        self.told = monitor.iterations
        return image, monitor.rows

    def test_equal_seeds_give_equal_images(self) -> None:
        """Equal seeds give the same image bit for bit, whatever was drawn before."""
        images = []
        case = self.case()
        for before in (1, 2):
            torch.manual_seed(before)
            np.random.seed(before)  # noqa: NPY002 (the stream that a plug-in may use by mistake)
            random.seed(before)
            images.append(self.run(case, seed=3)[0])
        expect(
            torch.equal(*images),
            "two runs with the same seed gave different images; draw every random number from the "
            "cell's generator (torch.rand(..., generator=generator)), never from a global one",
        )

    def test_another_seed_gives_another_image(self) -> None:
        """If random numbers are drawn, then another seed gives another image."""
        case = self.case()
        by_numpy = mock.patch("numpy.random.default_rng", wraps=np.random.default_rng)
        with Draws() as draws, by_numpy as generators:
            first, _ = self.run(case, seed=3)
        other, _ = self.run(case, seed=4)
        seen = draws.seen | ({"numpy.random.default_rng"} if generators.called else set())
        drawn = ", ".join(sorted(seen))
        expect(
            not (seen and torch.equal(first, other)),
            f"it draws random numbers ({drawn}), yet two seeds gave the same image: it ignores "
            "the cell's seed; draw from the generator that it is given and set no seed of its own",
        )

    def test_another_reference_gives_the_same_image(self) -> None:
        """The same scan with another reference gives the same image bit for bit."""
        sentence = (
            "the same scan with another reference gave another image: it sees the truth, which "
            "only the monitor may; use nothing but scan, grid, scale and generator"
        )
        for image_of in (self._beside_its_file, lambda truth: self._cell(truth)[1]):
            first, other = image_of(0), image_of(1)
            if torch.equal(first, other):
                continue
            expect(
                torch.equal(first, image_of(0)),
                "the same seed and the same reference gave two images: whether the method sees "
                "the truth cannot be told before every random number comes from the generator",
            )
            raise AssertionError(sentence)

    def test_a_whole_cell_ends_well(self) -> None:
        """A cell, measured as the workflow does it, ends with the status ok."""
        self._cell(0)

    def test_a_tiny_fit_lowers_the_objective(self) -> None:
        """Twenty steps of Adam lower the objective, at one of three learning rates at least."""
        case, tried = self.case(), []
        for rate in LEARNING_RATES:
            with contextlib.suppress(Diverged):
                _, rows = self.run(case, method=self.method(rate))
                losses = [row["loss"] for row in rows]
                if losses[-1] < losses[0]:
                    return
                tried.append(f"from {losses[0]:.3g} to {losses[-1]:.3g}")
        raise AssertionError(
            f"the objective does not fall: it went {' and '.join(tried) or 'beyond all bounds'} "
            f"with the learning rates {LEARNING_RATES}; look at the sign of the gradient, and at "
            "initial weights that leave the image constant"
        )

    def test_memory_is_given_back(self) -> None:
        """Nothing stays from call to call, and the tensor peak of a repeat is the same."""
        case = self.case()  # has run once: what inrbench itself keeps is there
        image = 4 * case.grid.size
        made = methods.make(scale=case.scale, **self.method())
        held, peaks, traced, whole = [], [], [], []
        for _ in range(3):
            own = _copy(case)
            with LiveTensors() as live:
                reconstruct(made, own, 0)
                del own
                gc.collect()
                held.append(live.held)
            peaks.append(live.peak)
        tracemalloc.start()
        for _ in range(3):
            tracemalloc.reset_peak()
            begun, _ = tracemalloc.get_traced_memory()
            reconstruct(made, case, 0)
            hidden = tracemalloc.get_traced_memory()[1] - begun
            gc.collect()
            whole.append(tracemalloc.get_traced_memory()[0])
            arrays = tracemalloc.take_snapshot().filter_traces([ARRAYS])
            traced.append(sum(trace.size for trace in arrays.traces))
        tracemalloc.stop()
        advice = "keep nothing of a run in a module, a class or the method itself"
        expect(
            held[-1] < image,
            f"{held[-1]} bytes of tensors are alive after a run has returned (an image has "
            f"{image}): they would count for other cells; {advice}",
        )
        grown = traced[-1] - traced[-2]
        expect(
            grown < image,
            f"each run leaves {grown} bytes of numpy arrays behind: {advice}",
        )
        left = min(after - before for before, after in itertools.pairwise(whole))
        expect(left < LEFT, f"each run leaves {left} bytes of Python objects behind: {advice}")
        expect(
            hidden < HIDDEN + peaks[-1],
            f"a run on {case.grid.size} pixels takes {hidden} bytes outside torch, of numpy "
            f"arrays and Python objects, and {peaks[-1]} of tensors: the tensor peak, which "
            "tables show, does not see the former; work on tensors",
        )
        expect(
            len(set(peaks)) == 1,
            f"runs one after the other had the tensor peaks {peaks} bytes: memory of one run is "
            f"used in the next, where no meter sees it being made; {advice}",
        )

    def test_no_file_is_written(self) -> None:
        """It writes no file anywhere."""
        case = self.case()
        with written(Path(inspect.getfile(registry.load(self.kind, self.name))).parent) as files:
            self.run(case)
        expect(
            not files,
            f"it writes files: {', '.join(sorted(files)[:3])}; a method returns its image, and "
            "what it wants kept it gives to monitor.note",
        )

    def _beside_its_file(self, truth: int) -> torch.Tensor:
        """The image where the case lies prepared, as a cell has it, and `case` in one's frame."""
        case = self.case(truth)
        with _prepared(case):
            return self.run(case)[0]

    def _cell(self, truth: int) -> tuple[dict[str, Any], torch.Tensor]:
        """(outcome, image) of a cell that ends with the status ok."""
        case = self.case(truth)
        spec = {"dataset": DATASET, "method": specs.method(self.method()), "checkpoints": 3,
                "limits": {"memory": None}}  # fmt: skip
        stopping = signal.getsignal(signal.SIGTERM)
        with _prepared(case) as folder:
            job = {
                "spec": spec,
                "seed": 0,
                "device": "cpu",
                "folder": str(folder),
                "base": str(folder),
            }
            try:
                outcome = measure(job, lambda *_: None)
            finally:
                signal.signal(signal.SIGTERM, stopping)  # which `measure` ignores from its end on
            expect(
                outcome["status"] == "ok",
                f"the cell ended with the status {outcome['status']}: {outcome.get('reason')}",
            )
            with np.load(folder / "image.npz") as stored:
                return outcome, torch.as_tensor(stored["final"])


def reconstruct(
    method: methods.Method, case: Case, seed: int
) -> tuple[torch.Tensor, list[dict[str, float]]]:
    """(image, history) under a monitor that sees the reference of the case."""
    image, monitor = watched(method, case, seed)
    return image, monitor.rows


class Counting(TruthMonitor):
    """A monitor that remembers how many iterations it was told of at the start."""

    iterations = 0

    def start(
        self, iterations: int, projector: Projector | None, value: torch.Tensor | None = None
    ) -> None:
        """As a monitor does it."""
        self.iterations = iterations
        super().start(iterations, projector, value)


def watched(method: methods.Method, case: Case, seed: int) -> tuple[torch.Tensor, Counting]:
    """(image, the monitor that saw the reference of the case)."""
    monitor = Counting(case.reference, Clock("cpu"), 3, lambda *_: None)
    generator = torch.Generator().manual_seed(seed)
    image = method.reconstruct(case.scan, case.grid, monitor, generator)
    return image, monitor


def _copy(case: Case) -> Case:
    """Its own tensors, so that none of those that a meter sees is held by the contract."""
    scan = replace(case.scan, sinogram=case.scan.sinogram.clone())
    return replace(case, scan=scan, reference=case.reference.clone())


@contextlib.contextmanager
def _prepared(case: Case) -> Iterator[Path]:
    """A folder with the case as a cell finds it prepared."""
    with (
        tempfile.TemporaryDirectory() as folder,
        mock.patch.dict(os.environ, INRBENCH_DATA=folder),
    ):
        path = prepared_path(DATASET)
        path.parent.mkdir(parents=True)
        case.save(path)
        yield Path(folder)
