"""Whatever a file says is an experiment or refused in a sentence; its cells have records."""

import json

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from made_record import made
from mutations import ODD, TREES, mutated

from inrbench.cells import records
from inrbench.cells.record import CellName
from inrbench.experiments import files as experiments
from inrbench.io.printable import printable
from inrbench.tables import (
    cells_table,
    summary_page,
    summary_table,
    to_csv,
    to_latex,
    to_markdown,
)
from inrbench.tables.html import to_html

WHOLE = {
    "title": "A trial",
    "note": "A note",
    "presets": {"small": {"seeds": [2]}, "large": {"datasets": {"forbild": {"size": 32}}}},
    "seeds": [0, 1],
    "checkpoints": 5,
    "limits": {"seconds": 60.0, "memory": "8GiB"},
    "memory_budget": "1GiB",
    "threads": 2,
    "datasets": {"forbild": {"size": 16, "views": 8, "photons": 1e5}, "b": {"name": "breast"}},
    "parts": {
        "objective": {"ls": {"name": "least_squares", "subsets": 2, "label": "LS, twice"}},
        "gradient": {"jvp5": {"name": "jvp", "rate": 0.05, "sampler": "uniform", "chunk": None}},
    },
    "methods": [
        {"name": "fbp"},
        {"name": "tv", "axes": {"strength": [1e-5, 1e-4]}},
        {
            "name": "inr",
            "axes": {"network": ["siren"], "objective": ["ls"], "gradient": ["autograd", "jvp5"]},
            "parameters": {"iterations": 10, "decay": [1, 0.5]},
        },
    ],
    "settings": [{"when": {"network": "siren"}, "parameters": {"learning_rate": 1e-3}}],
    "include": [{"dataset": ["forbild", "b"]}],
    "exclude": [{"method": "tv", "dataset": "b"}],
    "figures": {"convergence": {}, "rates": {"name": "memory_rate"}},
}
TEXT = yaml.safe_dump(WHOLE, sort_keys=False)
PIECES = [*ODD[:-1], "&a ", "*a", "<<: *a", "!!set ", "!!binary ", "{", "[", "]", ": ", "- ", "? ",
          "| ", "'", '"', '"\\ud800"', "\t", "#", "---\n", "\x01", "\ufeff", ".inf", "0x_",
          "!!python/name:os.system ", "%YAML 9\n", "\n", "99999999999999999999"]  # fmt: skip
CHECKED = settings(max_examples=500, deadline=None, derandomize=True, database=None)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("experiments")


@st.composite
def misspelt(draw):
    """The text of a valid document with a few pieces put in, or left out."""
    text = TEXT
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(text)))
        piece = draw(st.one_of(st.sampled_from(PIECES), st.text(max_size=3)))
        text = text[:at] + piece + text[at + draw(st.integers(0, 6)) :]
    return text


def check(folder, content):
    """Refused in a sentence, or cells of which each can have a record, printed everywhere."""
    (folder / "trial.yaml").write_bytes(content)
    try:
        experiment = experiments.load("trial", None, folder)
    except ValueError as error:
        said = str(error)
        assert said == printable(said) and len(said) < 3000 and str(folder) in said
        assert "validation error" not in said
        return
    cells = experiment.cells()
    assert json.dumps([cell.spec for cell in cells], allow_nan=False)
    found = [record(cell) for cell in (cells[0], cells[-1])]
    for one in found:
        records.commit(folder / "cell", one, folder)
        assert records.read(folder / "cell") == one
    table = cells_table(found)
    page = summary_page(summary_table(table), found, experiment.title, experiment.note)
    for text in (to_csv(table), to_markdown(page), to_latex(page), to_html(page)):
        assert all(line == printable(line) for line in text.split("\n"))


def record(cell):
    """As a run leaves it."""
    name = CellName(experiment=cell.experiment, preset=cell.preset, dataset=cell.dataset,
                    method=cell.method, seed=cell.seed)  # fmt: skip
    return made(cell=name, labels=cell.labels, spec=cell.spec, metrics={"mse": 1e-6})


@CHECKED
@given(mutated(WHOLE).map(lambda tree: yaml.safe_dump(tree, sort_keys=False, allow_unicode=True)))
def test_a_document_with_mistakes_is_refused_or_gives_cells(folder, text):
    check(folder, text.encode(errors="surrogatepass"))


@CHECKED
@given(misspelt())
def test_a_text_with_mistakes_is_refused_or_gives_cells(folder, text):
    check(folder, text.encode(errors="replace"))


@CHECKED
@given(st.one_of(TREES.map(yaml.safe_dump).map(str.encode), st.binary(max_size=60)))
def test_what_is_no_experiment_is_refused(folder, content):
    (folder / "trial.yaml").write_bytes(content)
    with pytest.raises(ValueError) as caught:
        experiments.load("trial", None, folder)
    said = str(caught.value)
    assert said == printable(said) and len(said) < 3000 and str(folder) in said
