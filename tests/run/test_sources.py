"""A cell is stale when code that it imports has changed, and only then."""

import shutil

import pytest

from inrbench.experiments import files as experiments
from inrbench.registry import modules
from inrbench.run import sources


@pytest.fixture
def edited(tmp_path, monkeypatch):
    """Digests of the quick experiment's cells, by cell, after an edit of a copy of the package."""
    copy = tmp_path / "inrbench"
    shutil.copytree(modules.PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(modules, "PACKAGE", copy)
    cells = experiments.load("quick").cells()

    def digests(path=None, old="", new=""):
        if path is not None:
            text = (copy / path).read_text()
            assert old in text
            (copy / path).write_text(text.replace(old, new))
        sources.digest.cache_clear()
        sources._parsed.cache_clear()
        return {cell.method: sources.digest_of_cell(cell.spec) for cell in cells}

    yield digests
    sources.digest.cache_clear()
    sources._parsed.cache_clear()


def changed(before, after):
    return {method for method in before if before[method] != after[method]}


def test_a_network_makes_its_own_cells_stale(edited):
    before = edited()
    after = edited("networks/siren.py", "torch.sin(", "torch.cos(")
    assert changed(before, after) == {method for method in before if "siren" in method}


def test_a_sampler_makes_the_sampled_cells_stale(edited):
    before = edited()
    after = edited("gradients/samplers/uniform.py", "n / m", "n / m * 2")
    assert {m for m in before if "jvp" in m} <= changed(before, after)
    assert not {"fbp", "cgls"} & changed(before, after)


def test_a_projector_is_watched_although_it_is_imported_by_name(edited):
    before = edited()
    assert {"cgls"} <= changed(
        before, edited("projectors/astra.py", "line_fanflat", "strip_fanflat")
    )


def test_what_everything_runs_through_makes_everything_stale(edited):
    before = edited()
    assert changed(before, edited("run/monitor.py", "1e4", "1e5")) == set(before)


def test_the_ramp_reaches_fbp_and_fls_alone(edited):
    before = edited()
    stale = changed(before, edited("ramp.py", "0.25", "0.26"))
    assert stale == {m for m in before if m == "fbp" or "-fls-" in m}


def test_the_memory_model_reaches_cells_with_a_budget_alone():
    """Elsewhere it decides no more than whether there is memory enough to begin."""
    (cell, *_) = [c for c in experiments.load("quick").cells() if "siren" in c.method]
    watched = {}
    for name, spec in (("plain", cell.spec), ("budget", {**cell.spec, "memory_budget": 10})):
        watched[name] = sources.digest_of_cell(spec)
    assert watched["plain"] != watched["budget"]


def test_an_edit_of_the_memory_model_leaves_cells_without_a_budget_alone(edited):
    before = edited()
    assert edited("memory/peak.py", "METERED)", "METERED + 1)") == before


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("networks/siren.py", "Sinusoidal representation", "Another sinusoidal representation"),
        ("ramp.py", "# Twice the columns", "# Two times the columns"),
        ("tables/summary.py", "held-out residual", "residual"),
        ("cli/run.py", "Run one cell", "Run a cell"),
        ("figures/curves.py", "WIDTH = 3", "WIDTH = 4"),
        ("datasets/shapes.py", "2368 // binning", "2369 // binning"),
        ("memory/plan.py", "0.02", "0.03"),
    ],
)
def test_docstrings_comments_tables_figures_and_command_line_make_nothing_stale(
    edited, path, old, new
):
    before = edited()
    assert edited(path, old, new) == before
