"""Figures of a back end: what is sound, what is not, and who needs it."""

from dataclasses import replace

import pytest
import torch

from inrbench import projectors as real
from inrbench.doctor import projectors
from inrbench.doctor.device import Device
from inrbench.doctor.projectors import Trial, figures, findings, judged, serving
from inrbench.io import own_process
from inrbench.testing import problem

DEVICE = Device(
    name="cuda",
    keys={"cpu": {}, "cuda": {}},
    backends={**real.BACKENDS},
    fdk={**real.FDK},
    packages={**real.PACKAGES},
)


@pytest.fixture(scope="module")
def tried():
    """Make a trial of ASTRA's matrix on the doctor's own problem, its maps changed."""
    raster, (integrals,), grid = projectors._object([problem.fan_beam()], 2)
    projector = real.make(problem.fan_beam(), grid)

    def judge(**maps):
        found = figures(replace(projector, **maps), raster, integrals)
        return judged("astra", (2, "cpu"), {"name": "astra", "beams": [found]})

    return judge, projector


def test_astra_is_sound(tried):
    trial = tried[0]()
    assert trial.sound and trial.spread == 0


def test_an_adjoint_that_is_shifted_by_a_pixel_is_wrong(tried):
    judge, projector = tried
    trial = judge(apply_adjoint=lambda y: projector.apply_adjoint(y).roll(1, 0))
    assert "<Ax, y> = <x, A'y> to" in trial.fault and "1e-05 is allowed" in trial.fault


@pytest.mark.parametrize("turn", [lambda x: x.flip(0), lambda x: x.flip(1), lambda x: x.T])
def test_a_pair_that_is_adjoint_but_mirrored_is_wrong(tried, turn):
    judge, projector = tried
    trial = judge(
        apply=lambda x: projector.apply(turn(x).contiguous()),
        apply_adjoint=lambda y: turn(projector.apply_adjoint(y)).contiguous(),
    )
    assert "off the line integrals, where 1e-01 is allowed" in trial.fault
    assert "A'y" not in trial.fault


def test_a_pair_that_gives_nothing_or_no_number_is_wrong(tried):
    judge, projector = tried
    for value in (0.0, float("nan")):
        trial = judge(
            apply=lambda x, v=value: torch.full_like(projector.apply(x), v),
            apply_adjoint=lambda y, v=value: torch.full_like(projector.apply_adjoint(y), v),
        )
        assert not trial.sound


def test_two_results_that_alternate_are_wrong_and_last_digits_a_warning(tried):
    judge, projector = tried
    for size, sound in ((1e-3, False), (1e-6, True)):
        calls = iter(range(1000))
        trial = judge(
            apply=lambda x, n=calls, s=size: projector.apply(x) * (1 + s * (next(n) % 2))
        )
        assert trial.sound is sound and trial.spread == pytest.approx(size, rel=0.2)
    (line,) = findings([trial], replace(DEVICE, name="cpu"), {(2, "cpu")})
    assert (line.state, line.mend) == ("warning", "inrbench noise")
    assert "ten repeats differ by" in line.says


def test_what_serves_is_the_first_that_is_there_as_make_has_it():
    absent = Trial("astra", (3, "cuda"), absent="no CUDA")
    other = Trial("diffct", (3, "cuda"))
    assert serving([absent, other], DEVICE, (3, "cuda")) is other
    assert serving([replace(absent, absent=None), other], DEVICE, (3, "cuda")).backend == "astra"
    assert serving([absent], DEVICE, (3, "cuda")) is None


@pytest.mark.parametrize(
    ("astra", "diffct", "states"),
    [
        ({}, {}, ["ok", "ok"]),
        ({"absent": "no CUDA"}, {}, ["warning", "ok"]),
        ({}, {"absent": "not there"}, ["ok", "warning"]),
        ({"absent": "no CUDA"}, {"absent": "not there"}, ["broken", "broken"]),
        ({"fault": "wrong"}, {}, ["broken", "ok"]),  # it is taken all the same
        ({}, {"fault": "wrong"}, ["ok", "warning"]),
        ({"absent": "no CUDA"}, {"fault": "wrong"}, ["warning", "broken"]),
    ],
)
def test_broken_is_what_is_taken_or_missed(astra, diffct, states):
    slot = (2, "cuda")
    trials = [Trial("astra", slot, **astra), Trial("diffct", slot, **diffct)]
    assert [line.state for line in findings(trials, DEVICE, {slot})] == states
    assert "broken" not in [line.state for line in findings(trials, DEVICE, {(3, "cuda")})]
    for line in findings(trials, DEVICE, {slot}):
        assert (line.state == "ok") == (line.mend is None)


def test_a_back_end_that_cannot_do_a_thing_by_design_is_not_missed():
    device = replace(DEVICE, name="cpu", keys={"cpu": {}}, packages={"rtk": "itk-rtk"})
    (trial,) = projectors.trials(device, 300)
    assert trial.slot == (3, "cpu") and trial.sound


def test_one_that_hangs_is_found_and_the_other_dimension_has_its_own_trial(monkeypatch):
    def call(function, backend, where, dimensions, seconds):
        if 3 in dimensions:
            raise own_process.Hung("it did not end within 300 s")
        return [{"name": "any", "beams": [{"forward": 0.0, "adjoint": 0.0, "repeats": 0.0}]}]

    monkeypatch.setattr(projectors.own_process, "call", call)
    device = replace(DEVICE, name="cpu", keys={"cpu": {}}, packages={"diffct": "diffct"})
    flat, cone = projectors.trials(device, 300)
    assert flat.sound and cone.fault == "it did not end within 300 s"


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("backend", ["astra", "diffct"])
def test_cuda_back_ends_are_tried_in_both_dimensions(backend):
    device = replace(DEVICE, keys={"cuda": {}}, packages={backend: backend})
    trials = projectors.trials(device, 300)
    assert [trial.slot for trial in trials] == [(2, "cuda"), (3, "cuda")]
    assert all(trial.sound or trial.absent for trial in trials), trials
