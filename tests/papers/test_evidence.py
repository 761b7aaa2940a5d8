"""Evidence: the results of experiments with a paper, of those that there are."""

import pandas as pd
import pytest
from made_results import finished

from inrbench import papers
from inrbench.cells import kept
from inrbench.experiments import files as experiments
from inrbench.papers import evidence
from inrbench.tables import agreement_table, claims_page, claims_table, to_markdown, write

FLAT, VOLUMES = (experiments.load(name, "tiny") for name in ("najaf2026", "najaf2026_3d"))


def keep(results, experiment, found=None):
    """Results of an experiment, all cells or these, kept in a machine's folder."""
    place = results / f"{experiment.name}-{experiment.preset}"
    kept.write(place, finished(experiment) if found is None else found, (), results / "none")
    return place


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """A machine with the results of both experiments, and of one without a paper."""
    folder = tmp_path_factory.mktemp("m")
    for experiment in (FLAT, VOLUMES, experiments.load("quick", "tiny")):
        keep(folder, experiment)
    return folder


@pytest.fixture(scope="module")
def flat(results):
    """Verdicts by claim, and the results that they rest on."""
    return judged([FLAT], results)


def judged(experiments, results):
    read = evidence.read(experiments, results)
    assert not read.missing
    verdicts = {claim.name: v for claim, v in read.verdicts(papers.load("najaf2026"))}
    return verdicts, read.found


def test_every_claim_has_a_verdict(flat, results):
    volumes = judged([VOLUMES], results)
    for verdicts, _ in (flat, volumes):
        assert set(verdicts) == {claim.name for claim in papers.load("najaf2026").claims}
        for verdict in verdicts.values():
            assert verdict.figures
            tested = any(one.values for one in verdict.comparisons)
            assert tested == (verdict.status != "not tested")
    assert flat[0]["cone_beam"].status == volumes[0]["memory_2d"].status == "not tested"


def test_final_mse_is_what_the_table_of_agreement_says(flat):
    verdicts, found = flat
    table = agreement_table(found)
    table = table[table.gradient == "JVP 10 %"]
    ratios = {(r.dataset, r.network, r.objective): r.ratio for r in table.itertuples()}
    compared = verdicts["final_mse"].comparisons
    assert len(ratios) > 1
    assert {(one.dataset, *one.of): one.value for one in compared} == pytest.approx(ratios)
    assert verdicts["final_mse"].within == (table.ratio <= 1.2).sum()


def test_the_tables_have_a_row_a_claim_and_the_published_numbers(flat):
    paper = papers.load("najaf2026")
    read = evidence.Evidence(flat[1])
    verdicts = read.verdicts(paper)
    table = claims_table(verdicts)
    assert table.claim.tolist() == [claim.name for claim in paper.claims]
    row = table[table.claim == "final_mse"].iloc[0]
    values = [one.value for one in flat[0]["final_mse"].comparisons]
    assert (row.smallest, row.largest) == (min(values), max(values))
    assert (row.comparisons, row.seeds) == (len(values), min(flat[0]["final_mse"].seeds))
    text = to_markdown(claims_page(verdicts, paper, read, "A note."))
    assert text.count("\n| ") == 1 + len(paper.claims) and text.endswith("A note.\n")
    assert "2.80e-6" in text and "figure 3" in text and "**The preset tiny" in text
    cells = tuple(FLAT.cells()[:3])
    lacking = to_markdown(claims_page(verdicts, paper, evidence.Evidence(flat[1], cells, 2)))
    assert f"3 of {len(flat[1]) + 3} cells have no record yet." in lacking
    assert "2 records are of other parameters than the experiment has now" in lacking
    lacking = to_markdown(claims_page(verdicts, paper, evidence.Evidence(flat[1], cells[:1], 1)))
    assert f"1 of {len(flat[1]) + 1} cells has no record yet." in lacking
    assert "1 record is of other parameters" in lacking


def test_an_experiment_with_a_paper_has_its_claims_among_the_tables(flat, tmp_path):
    write(flat[1][:3], tmp_path / "with", "Trial", None, "najaf2026")
    write(flat[1][:3], tmp_path / "without", "Trial", None)
    for suffix in ("csv", "md", "tex"):
        assert (tmp_path / "with" / f"claims.{suffix}").exists()
        assert not (tmp_path / "without" / f"claims.{suffix}").exists()
    table = pd.read_csv(tmp_path / "with" / "claims.csv")
    assert table.claim.tolist() == [claim.name for claim in papers.load("najaf2026").claims]


def test_gathered_by_paper_from_a_name_a_folder_or_all_experiments(results):
    folder = str(results / "najaf2026-tiny")
    for what in (folder, "najaf2026", None):
        gathered = evidence.gather(what, "tiny", lambda: results)
        names = {one.record.cell.experiment for one in gathered["najaf2026"].found}
        assert set(gathered) == {"najaf2026"}
        assert names == ({"najaf2026", "najaf2026_3d"} if what is None else {"najaf2026"})


def test_cells_without_a_record_are_counted(tmp_path):
    keep(tmp_path, FLAT, finished(FLAT)[:1])
    read = evidence.gather("najaf2026", "tiny", lambda: tmp_path)["najaf2026"]
    assert (len(read.found), len(read.missing)) == (1, len(FLAT.cells()) - 1)
    assert read.stale == 0


def test_a_record_of_other_parameters_is_none(tmp_path):
    one = finished(FLAT)[-1]
    one.record.spec["method"]["iterations"] += 1
    keep(tmp_path, FLAT, [one])
    read = evidence.gather("najaf2026", "tiny", lambda: tmp_path)["najaf2026"]
    assert read.found == [] and read.stale == 1
    assert len(read.missing) == len(FLAT.cells())
    for _, verdict in read.verdicts(papers.load("najaf2026")):
        assert verdict.status == "not tested"


def test_what_has_no_paper_or_no_record_is_a_sentence(results, tmp_path):
    with pytest.raises(ValueError, match="quick reproduces no paper"):
        evidence.gather("quick", "tiny", lambda: results)
    with pytest.raises(FileNotFoundError, match="no record of najaf2026; run"):
        evidence.gather("najaf2026", None, lambda: tmp_path)
    with pytest.raises(FileNotFoundError, match=r"no record of .*najaf2026"):
        evidence.gather(None, None, lambda: tmp_path)
    with pytest.raises(ValueError, match="did you mean 'najaf2026'"):
        evidence.gather("najaf2062", None, lambda: results)
