"""Evidence: the records of experiments with a paper; the reference records among them."""

import json
import math
from pathlib import Path

import pandas as pd
import pytest

from inrbench import papers
from inrbench.cells import records
from inrbench.experiments import files as experiments
from inrbench.papers import evidence
from inrbench.tables import agreement_table, claims_page, claims_table, to_markdown, write

HERE = Path(__file__).parents[2] / "results" / "reference" / "amd-epyc"


def reference(name):
    """Verdicts by claim, and the cells with their folders, of a reference experiment."""
    folders = sorted(path.parent for path in (HERE / f"{name}-laptop").glob("*/*/*/record.json"))
    read = evidence.Evidence([(records.read(folder), folder) for folder in folders])
    verdicts = {claim.name: v for claim, v in read.verdicts(papers.load("najaf2026"))}
    return verdicts, read.found


@pytest.fixture(scope="module")
def flat():
    return reference("najaf2026")


@pytest.fixture(scope="module")
def volumes():
    return reference("najaf2026_3d")


def cell(name, path):
    return records.read(HERE / f"{name}-laptop" / path)


def test_every_claim_has_a_verdict_on_the_reference_records(flat, volumes):
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
    assert {(one.dataset, *one.of): one.value for one in compared} == pytest.approx(ratios)
    assert verdicts["final_mse"].within == (table.ratio <= 1.2).sum()


def test_memory_is_what_two_records_say(flat):
    autograd, sampled = (
        next(m.bytes for m in record.memory if m.name == "tensor_peak")
        for record in (cell("najaf2026", f"forbild/inr-siren-ls-{mode}/seed0/record.json")
                       for mode in ("autograd", "jvp10"))
    )  # fmt: skip
    verdict = flat[0]["memory_2d"]
    (one,) = [c for c in verdict.comparisons if c.of == ("SIREN", "LS") and c.dataset == "FORBILD"]
    assert one.value == pytest.approx(autograd / sampled)
    assert f"SIREN, LS: {autograd / sampled:.2f}" in verdict.figures


def test_convergence_is_what_the_histories_say(flat):
    folder = HERE / "najaf2026-laptop" / "forbild"
    logs = 0
    for seed in (0, 1, 2):
        mse = [
            pd.read_parquet(folder / f"inr-hash_encoding-ls-{mode}/seed{seed}/history.parquet")
            .dropna(subset="mse").query("iteration >= 150").mse.to_numpy()
            for mode in ("jvp10", "autograd")
        ]  # fmt: skip
        logs = logs + pd.Series(mse[0] / mse[1]).map(math.log)
    (one,) = [
        c for c in flat[0]["convergence"].comparisons
        if c.of == ("hash encoding", "LS") and c.dataset == "FORBILD"
    ]  # fmt: skip
    assert one.value == pytest.approx(math.exp((logs / 3).max()))


def test_the_cone_beam_is_what_the_records_say(volumes):
    fdk, cgls = (
        cell("najaf2026_3d", f"shepp_logan/{method}/seed0/record.json").metrics
        for method in ("fdk", "cgls")
    )
    logs = {}
    for path in (HERE / "najaf2026_3d-laptop" / "shepp_logan").glob("inr-*-jvp10/*/record.json"):
        mse = records.read(path).metrics["mse"]
        logs.setdefault(path.parts[-3], []).append(math.log(mse))
    best = math.exp(min(sum(each) / len(each) for each in logs.values()))
    (one,) = [c for c in volumes[0]["cone_beam"].comparisons if c.dataset == "Shepp-Logan"]
    assert one.value == pytest.approx(best / min(fdk["mse"], cgls["best_mse"]))


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
    assert "2.80e-6" in text and "figure 3" in text and "**" not in text
    cells = tuple(experiments.load("najaf2026").cells()[:3])
    lacking = to_markdown(claims_page(verdicts, paper, evidence.Evidence(flat[1], cells, 2)))
    assert f"3 of {len(flat[1]) + 3} cells have no record yet." in lacking
    assert "2 records are of other parameters than the experiment has now" in lacking
    lacking = to_markdown(claims_page(verdicts, paper, evidence.Evidence(flat[1], cells[:1], 1)))
    assert f"1 of {len(flat[1]) + 1} cells has no record yet." in lacking
    assert "1 record is of other parameters" in lacking


def test_an_experiment_with_a_paper_has_its_claims_among_the_tables(flat, tmp_path):
    folders = [folder for _, folder in flat[1]]
    write(folders[:3], tmp_path / "with", "Trial", None, "najaf2026")
    write(folders[:3], tmp_path / "without", "Trial", None)
    for suffix in ("csv", "md", "tex"):
        assert (tmp_path / "with" / f"claims.{suffix}").exists()
        assert not (tmp_path / "without" / f"claims.{suffix}").exists()
    table = pd.read_csv(tmp_path / "with" / "claims.csv")
    assert table.claim.tolist() == [claim.name for claim in papers.load("najaf2026").claims]


def test_gathered_by_paper_from_a_name_a_folder_or_all_experiments():
    folder = str(HERE / "najaf2026-laptop")
    for what in (folder, "najaf2026", None):
        gathered = evidence.gather(what, None, lambda: HERE)
        names = {record.cell.experiment for record, _ in gathered["najaf2026"].found}
        assert set(gathered) == ({"najaf2025", "najaf2026"} if what is None else {"najaf2026"})
        assert "najaf2026" in names and (what is None or len(names) == 1)


def test_cells_without_a_record_are_counted(tmp_path):
    source = HERE / "najaf2026-laptop" / "forbild" / "fbp"
    target = tmp_path / "najaf2026-laptop" / "forbild"
    target.mkdir(parents=True)
    (target / "fbp").symlink_to(source)
    read = evidence.gather("najaf2026", None, lambda: tmp_path)["najaf2026"]
    assert len(read.found) == 1
    assert len(read.missing) == len(experiments.load("najaf2026").cells()) - 1
    assert read.stale == 0


def test_a_record_of_other_parameters_is_none(tmp_path):
    name = "najaf2026-laptop/forbild/inr-siren-ls-jvp10/seed0"
    fields = json.loads((HERE / name / "record.json").read_text())
    fields["spec"]["method"]["iterations"] += 1
    (tmp_path / name).mkdir(parents=True)
    (tmp_path / name / "record.json").write_text(json.dumps(fields))
    read = evidence.gather("najaf2026", None, lambda: tmp_path)["najaf2026"]
    assert read.found == [] and read.stale == 1
    assert len(read.missing) == len(experiments.load("najaf2026").cells())
    for _, verdict in read.verdicts(papers.load("najaf2026")):
        assert verdict.status == "not tested"


def test_what_has_no_paper_or_no_record_is_a_sentence(tmp_path):
    with pytest.raises(ValueError, match="quick reproduces no paper"):
        evidence.gather("quick", None, lambda: HERE)
    with pytest.raises(FileNotFoundError, match="no record of najaf2026; run"):
        evidence.gather("najaf2026", None, lambda: tmp_path)
    with pytest.raises(FileNotFoundError, match=r"no record of .*najaf2026"):
        evidence.gather(None, None, lambda: tmp_path)
    with pytest.raises(ValueError, match="did you mean 'najaf2026'"):
        evidence.gather("najaf2062", None, lambda: HERE)
