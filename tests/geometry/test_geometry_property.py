"""A dictionary is a geometry, or a sentence says why it is none."""

import dataclasses
import json

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from inrbench import geometry
from inrbench.geometry import ConeBeam, ConeVectors, FanBeam, ParallelBeam

MANY = settings(max_examples=500, deadline=None, derandomize=True, database=None)
ONE_VIEW = [0.0, -9.0, 0.0, 0.0, 9.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0]
VALID = [
    geometry.to_dict(beam)
    for beam in (
        ParallelBeam([0.0, 1.0], 3, 2.0, 0.5),
        FanBeam([0.0, 1.0], 3, 2.0, 100.0, 150.0, 0.5),
        ConeBeam([0.0, 1.0], (3, 4), 2.0, 100.0, 150.0, (0.5, 0.1)),
        ConeVectors([ONE_VIEW], (3, 4)),
    )
]
NUMBERS = st.one_of(
    st.integers(), st.floats(), st.booleans(), st.just(10**400), st.just(-(10**400)),
    st.sampled_from([0, -1, 1, 2.5, 1e308, 5e-324, float("nan"), float("inf")]),
)  # fmt: skip
VALUES = st.recursive(
    NUMBERS | st.none() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=13) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=20,
)
KEYS = st.sampled_from(sorted({key for fields in VALID for key in fields})) | st.text(max_size=9)


def judged(fields):
    """A geometry that comes back from its own dictionary; or a sentence."""
    try:
        beam = geometry.from_dict(fields)
    except ValueError as error:
        assert str(error).isprintable() and len(str(error)) < 1000
        return
    again = geometry.from_dict(json.loads(json.dumps(geometry.to_dict(beam))))
    assert geometry.to_dict(again) == geometry.to_dict(beam)
    assert min(beam.sinogram_shape) > 0
    for field in dataclasses.fields(beam):
        assert np.isfinite(np.asarray(getattr(beam, field.name), dtype=np.float64)).all()


@MANY
@given(st.sampled_from(VALID), st.dictionaries(KEYS, VALUES, min_size=1, max_size=3))
def test_other_values_and_keys(fields, changes):
    judged({**fields, **changes})


@MANY
@given(st.sampled_from(VALID), st.sets(KEYS, max_size=3))
def test_keys_that_are_missing(fields, gone):
    judged({key: value for key, value in fields.items() if key not in gone})


@MANY
@given(VALUES)
def test_anything_else(fields):
    judged(fields)


@MANY
@given(
    angles=st.lists(st.floats(-9, 9), min_size=1, max_size=9),
    columns=st.integers(1, 999),
    lengths=st.tuples(*[st.floats(1e-3, 1e3)] * 3),
    offset=st.floats(-99, 99),
)
def test_what_a_scanner_may_have_is_a_geometry(angles, columns, lengths, offset):
    spacing, to_axis, more = lengths
    fan = FanBeam(angles, columns, spacing, to_axis, to_axis + more, offset)
    assert geometry.to_dict(geometry.from_dict(geometry.to_dict(fan))) == geometry.to_dict(fan)
