"""`inrbench plan`: what fits, in which mode and chunk."""

import os
import subprocess
import sys

import pytest

from inrbench.experiments.files import load
from inrbench.memory import plan
from inrbench.memory.peak import peak
from inrbench.tables import to_markdown
from inrbench.tables.plan import plan_page

SIREN = {"name": "siren", "width": 256, "layers": 5}
CUBE = (501, 501, 501), (60, 972, 768)
GIB = 2**30


def inrbench(*arguments, **more):
    done = subprocess.run(
        [sys.executable, "-m", "inrbench", "plan", *arguments],
        env=os.environ | more, capture_output=True, text=True,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


@pytest.fixture(scope="module")
def rows():
    return plan.rows(SIREN, "least_squares", *CUBE, memory=24 * 10**9)


def test_a_row_a_mode_rate_and_chunk(rows):
    assert [row.labels["gradient"] for row in rows] == [
        "autograd", "exact", *["JVP 50 %"] * 2, *["JVP 10 %"] * 2, *["JVP 2 %"] * 2
    ]  # fmt: skip
    assert [row.gradient.get("chunk") for row in rows] == [None, 4096, *[None, 4096] * 3]


def test_autograd_holds_its_activations_and_does_not_fit(rows):
    """4 bytes times 501^3 points times x, y, z and 12 layers' width, on top of an image; weights,
    two moments, and four layers' weights times the frequency; and the scan."""
    n, parameters = 501**3, 4 * 256 + 4 * 257 * 256 + 257
    weights = 12 * parameters + 4 * 4 * 256**2
    whole = 4 * n * (3 + 12 * 256) + 4 * n + weights + 4 * 60 * 972 * 768
    assert rows[0].peak == pytest.approx(whole, rel=1e-9) and rows[0].fits is False


def test_chunks_fit_24_gb_in_less_than_six(rows):
    for row in rows:
        if row.gradient.get("chunk"):
            assert row.fits and row.peak < 6e9
    assert [row.fits for row in rows if row.gradient.get("chunk", 0) is None] == [False] * 3


def test_where_only_smaller_chunks_fit_the_largest_of_them_is_taken():
    shapes = (64, 64), (30, 96)
    exact = plan.rows(SIREN, "least_squares", *shapes, memory=12 * 2**20)[1]

    def needed(chunk):
        mode = {"name": "jvp", "rate": 1, "chunk": chunk}
        spec = {"method": {"name": "inr", "network": SIREN, "gradient": mode,
                           "objective": {"name": "least_squares"}}}  # fmt: skip
        return peak(spec, *shapes)

    assert exact.gradient["chunk"] < 4096 and exact.fits
    assert needed(exact.gradient["chunk"]) <= 12 * 2**20 < needed(2 * exact.gradient["chunk"])
    none = plan.rows(SIREN, "least_squares", *shapes, memory=1000)[1]
    assert none.gradient["chunk"] == 256 and none.fits is False


def test_without_a_memory_nothing_is_said_to_fit():
    found = plan.rows(SIREN, "least_squares", *CUBE, device="cuda")
    assert {row.fits for row in found} == {None} and found[1].gradient["chunk"] == 65536
    text = to_markdown(plan_page(found, "Title"))
    assert "fits" not in text and "s/iteration" not in text


def test_networks_are_described_with_their_defaults():
    assert plan.described({"name": "siren", "width": 64}) == (
        "SIREN (frequency 30.0, width 64, layers 5)"
    )


def test_an_experiments_plan_has_a_row_a_cell_and_its_chunk(tmp_path, monkeypatch):
    monkeypatch.setenv("INRBENCH_DATA", str(tmp_path))
    found = plan.of_experiment(load("quick"), memory=10 * 2**20)
    assert len(found) == len(load("quick").cells())
    assert all(row.peak for row in found)
    assert {row.labels["dataset"] for row in found} == {"FORBILD"}
    at = {tuple(row.labels.values())[2:]: row for row in found if row.gradient}
    assert at["SIREN", "LS", "autograd"].fits is False
    assert at["SIREN", "LS", "exact"].fits is False  # the experiment names its chunk
    quarter = at["SIREN", "LS", "JVP 25 %"]
    assert quarter.fits and quarter.gradient["chunk"] == 2048
    assert at["SIREN", "LS", "JVP 10 %"].gradient["chunk"] == "auto"
    without = plan.of_experiment(load("quick"))
    assert {row.fits for row in without} == {None}


def test_data_of_unknown_shape_say_how_to_know_it(tmp_path, monkeypatch):
    monkeypatch.setenv("INRBENCH_DATA", str(tmp_path))
    found = plan.of_experiment(load("tooth"))
    assert all(row.peak is None for row in found)
    text = to_markdown(plan_page(found, "Title"))
    assert "The shapes of tooth are known after `inrbench data prepare tooth tooth" in text


def test_the_command_prints_the_table(tmp_path):
    shapes = ("--grid", "501,501,501", "--sinogram", "60,972,768")
    code, text, error = inrbench(*shapes, "--network", "siren", "--memory", "24GB", "--no-time")
    assert code == 0, error
    assert "1.41 TiB" in text and "fits 24GB" in text and "s/iteration" not in text
    code, text, error = inrbench("quick", "--preset", "tiny", INRBENCH_DATA=str(tmp_path))
    assert code == 0 and "hash encoding" in text and "CGLS" in text, error


def test_the_command_measures_seconds():
    code, text, error = inrbench(
        "--grid", "16,16", "--sinogram", "8,24", "--network", "siren", "--width", "8",
        "--layers", "1", "--iterations", "50", "--projector", "2",
    )  # fmt: skip
    assert code == 0, error
    assert "s/iteration" in text and "50 iterations" in text
    assert "with 2 s for the projector" in text


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "plan needs an experiment, or --grid and --sinogram"),
        (("--grid", "5,5"), "e.g. --grid 501,501,501 --sinogram 60,972,768"),
        (("--grid", "5", "--sinogram", "5,5"), "--grid 5: expected 2 or 3 whole numbers above 0"),
        (("--grid", "5,5", "--sinogram", "5,0"), "--sinogram 5,0: expected 2 or 3 whole"),
        (("--grid", "5,5", "--sinogram", "5,5,5"), "expected two numbers each"),
        (("quick", "--network", "siren", "--width", "8"), "drop --network, --width"),
        (
            ("quick", "--grid", "5,5"),
            "an experiment has shapes and networks of its own; drop",
        ),
        (("quik",), "did you mean 'quick'"),
    ],
)
def test_mistakes_in_shapes_are_one_sentence(arguments, sentence):
    code, _, text = inrbench(*arguments)
    assert code == 1 and sentence in text and len(text.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--memory", "8XB"), "--memory: expected bytes above 0, such as 8GiB or 24GB, not '8XB'"),
        (("--network", "sirne"), "unknown network 'sirne': did you mean 'siren'"),
        (("--network", "siren", "--parameter", "widht=3"), "did you mean 'width'"),
        (("--parameter", "width"), "expected <name>=<value>"),
        (("--parameter", "dimension=3"), "the dimension is that of --grid"),
        (("--objective", "ls"), "unknown objective 'ls'"),
    ],
)
def test_mistakes_in_parts_are_one_sentence(arguments, sentence):
    code, _, text = inrbench("--grid", "5,5", "--sinogram", "5,5", "--no-time", *arguments)
    assert code == 1 and sentence in text and len(text.splitlines()) == 1
