"""Documents for property-based tests: any that JSON has, and valid ones with a few mistakes."""

import copy

from hypothesis import strategies as st

ODD = ["", "\x1b[2J", "\u202e", "a|b\n<i>", "=1+1", "$\\x{", "-", "../x", "/", "2026-01-01",
       "null", "\ud7ff", "x" * 400, "ok", "siren", "jvp", "auto", "seed", "name",
       "dataset"]  # fmt: skip
TEXTS = st.one_of(st.sampled_from(ODD), st.text(max_size=12))
INTEGERS = st.one_of(st.integers(-3, 300), st.sampled_from([2**31, 2**63 - 1, 2**63, -(2**70)]))
FLOATS = st.one_of(
    st.floats(), st.sampled_from([5e-324, 1e-300, 1e100, 1.1e100, 1.7976931348623157e308, -0.0])
)
LEAVES = st.one_of(st.none(), st.booleans(), INTEGERS, FLOATS, TEXTS)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=8,
)


def places(tree, place=()):
    """Of everything within a document, each a tuple of keys and positions."""
    steps = tree.items() if isinstance(tree, dict) else enumerate(tree)
    for step, inner in steps:
        yield (*place, step)
        if isinstance(inner, dict | list):
            yield from places(inner, (*place, step))


def alike(value):
    """Values of the same kind, for what a person may well write there."""
    kinds = {str: TEXTS, bool: st.booleans(), int: INTEGERS, float: FLOATS}
    return kinds.get(type(value), TREES)


@st.composite
def mutated(draw, valid, most=3):
    """A valid document with one to so many values changed, left out or added."""
    tree = copy.deepcopy(valid)
    for _ in range(draw(st.integers(1, most))):
        *parents, last = draw(st.sampled_from(list(places(tree))))
        inner = tree
        for step in parents:
            inner = inner[step]
        change = draw(st.sampled_from(["alike", "alike", "alike", "any", "none", "more"]))
        if change == "alike":
            inner[last] = draw(alike(inner[last]))
        elif change == "any":
            inner[last] = draw(TREES)
        elif change == "none" and len(tree) > 1:
            del inner[last]
        elif isinstance(inner, dict):
            inner[draw(TEXTS)] = draw(TREES)
    return tree
