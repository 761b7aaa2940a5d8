"""Reference results: kept whole, never replaced unasked, enough for every table and figure."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from made_results import finished

from inrbench import figures
from inrbench.cells import records, result
from inrbench.cells.history import write_history
from inrbench.compare import reference
from inrbench.experiments import files as experiments
from inrbench.figures.reconstructions import draw
from inrbench.figures.results import Results
from inrbench.run.parent import run_cell

METHODS = [
    {"name": "fbp"},
    {"name": "cgls", "parameters": {"iterations": 4}},
    {"name": "inr", "axes": {"network": ["siren"], "objective": ["least_squares"],
                             "gradient": ["autograd"]},
     "parameters": {"iterations": 5, "learning_rate": 1e-3}},
]  # fmt: skip


@pytest.fixture
def trial(tmp_path, tiny):
    """An experiment of two methods and two seeds whose figures show one image of each method."""
    shown = {"name": "reconstructions", "only": {"method": ["FBP", "CGLS"]}}
    tiny("fbp", seeds=[0, 1], methods=METHODS, figures={"shown": shown})
    return experiments.load("trial", "tiny", tmp_path / "experiments")


def leave(trial, results):
    """Results of its cells in folders, as runs do that compute nothing."""
    for one in finished(trial):
        folder = records.folder(results, one.record.cell)
        folder.mkdir(parents=True)
        write_history(folder / "history.parquet", one.kept.histories[one.record.cell.id])
        (folder / "record.json").write_text(one.record.model_dump_json())
        (folder / "run.log").write_text("log")
        np.savez(folder / "image.npz", final=np.ones((24, 24)), best=np.ones((24, 24)))
    for name in ("kernels.json", "tables/table.md", "figures/shown.png"):
        (results / "trial-tiny" / name).parent.mkdir(exist_ok=True)
        (results / "trial-tiny" / name).write_text("{}")
    return results


def test_a_figure_of_kept_images_is_that_of_the_run(tmp_path, trial):
    results = tmp_path / "here"
    for cell in trial.cells():
        if cell.seed == 0:
            run_cell(cell, results, "cpu", 1, "again", tmp_path / "log")
    alone = trial.model_copy(update={"seeds": [0]})
    reference.keep(alone, results, tmp_path / "kept")
    panels = []
    for place in (results, tmp_path / "kept"):
        drawn = draw(
            Results.of(result.of_experiment(place, alone)), only={"method": ["FBP", "CGLS"]}
        )
        shown = {
            axes.get_title(): axes.images[0].get_array() for axes in drawn.axes if axes.images
        }
        panels.append({title: image for title, image in shown.items() if title})
        plt.close(drawn)
    run, kept = panels
    assert list(run) == list(kept) and len(run) == 3  # the truth, FBP and CGLS
    for title, image in run.items():
        assert np.abs(kept[title] - image).max() <= 1.001 * 2**-12 * np.abs(image).max()
    assert np.ptp(run["truth"]) > 0


def test_a_compact_form_is_kept_with_the_images_that_figures_show(tmp_path, trial):
    kept = reference.keep(trial, leave(trial, tmp_path / "here"), tmp_path / "kept")
    assert {str(path.relative_to(kept)) for path in kept.rglob("*")} == {
        "records.jsonl", "histories.parquet", "images.npz", "kernels.json"
    }  # fmt: skip
    found = result.of_experiment(tmp_path / "kept", trial)
    assert [one.record.cell.id for one in found if one.images()] == [
        "forbild/fbp/seed0", "forbild/cgls/seed0"
    ]  # fmt: skip
    assert list(found[2].images()) == ["best"]


def test_without_images_a_figure_says_the_status_of_their_cells(tmp_path, trial):
    results = leave(trial, tmp_path / "here")
    for image in results.rglob("image.npz"):
        image.unlink()
    kept = reference.keep(trial, results, tmp_path / "kept")
    assert not (kept / "images.npz").exists()
    wanted = {key: trial.figure(key) for key in trial.figures}
    figures.draw(wanted, result.of_experiment(tmp_path / "kept", trial), tmp_path / "drawn")
    assert (tmp_path / "drawn" / "shown.png").stat().st_size > 1000


def test_nothing_is_replaced_unasked(tmp_path, trial):
    results = leave(trial, tmp_path / "here")
    kept = reference.keep(trial, results, tmp_path / "kept")
    (kept / "records.jsonl").write_text("mine")
    with pytest.raises(FileExistsError, match="--replace"):
        reference.keep(trial, results, tmp_path / "kept")
    assert (kept / "records.jsonl").read_text() == "mine"
    reference.keep(trial, results, tmp_path / "kept", replace=True)
    assert len(result.below(kept)) == len(trial.cells())


def test_the_reference_is_not_kept_from_itself_and_what_is_damaged_spoils_nothing(tmp_path, trial):
    results = leave(trial, tmp_path / "here")
    with pytest.raises(ValueError, match="is the reference itself"):
        reference.keep(trial, results, results, replace=True)
    kept = reference.keep(trial, results, tmp_path / "kept")
    before = {file.name: file.read_bytes() for file in kept.iterdir()}
    for name, words in (("history.parquet", "not a whole table"),
                        ("record.json", "not a complete JSON file")):  # fmt: skip
        (records.folder(results, trial.cells()[0]) / name).write_text("{")
        with pytest.raises(ValueError, match=words):
            reference.keep(trial, results, tmp_path / "kept", replace=True)
        assert {file.name: file.read_bytes() for file in kept.iterdir()} == before


def test_an_unfinished_experiment_is_refused(tmp_path, trial):
    results = leave(trial, tmp_path / "here")
    (records.folder(results, trial.cells()[0]) / "record.json").unlink()
    with pytest.raises(FileNotFoundError, match="run `snakemake trial`"):
        reference.keep(trial, results, tmp_path / "kept")
    assert not (tmp_path / "kept").exists()
