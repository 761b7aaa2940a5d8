"""The experiments of najaf2025: a breast, networks with LS, FLS and ADMM, TV, and the claims."""

import pandas as pd
import pytest
from snake import CONFIG, snakemake

from inrbench import papers

pytestmark = pytest.mark.workflow


def test_from_a_breast_to_the_verdicts(tmp_path):
    code, output = snakemake(tmp_path, "najaf2025", "conditioning", *CONFIG)
    assert code == 0, output
    results = tmp_path / "results" / "test"
    table = pd.read_csv(results / "najaf2025-tiny" / "tables" / "table.csv")
    assert table.status.eq("ok").all()
    assert set(table.method) == {"FBP", "TV", "INR", "ADMM"}
    admm = next((results / "najaf2025-tiny").rglob("admm-siren-*/seed0/history.parquet"))
    history = pd.read_parquet(admm)
    assert history.iteration.tolist() == [10, 20, 30, 40]
    assert (history.primal > 0).all() and (history.dual > 0).all()
    tv = next((results / "najaf2025-tiny").rglob("tv/seed0/history.parquet"))
    assert pd.read_parquet(tv).gap.iloc[-1] < pd.read_parquet(tv).gap.iloc[0]

    claims = pd.read_csv(results / "najaf2025-tiny" / "tables" / "claims.csv")
    assert len(claims) == len(papers.load("najaf2025").claims)
    for name in ("reconstructions", "convergence", "mse_seconds"):
        drawn = results / "najaf2025-tiny" / "figures" / f"{name}.png"
        assert drawn.read_bytes().startswith(b"\x89PNG")
    conditions = pd.read_csv(results / "conditioning-tiny" / "tables" / "conditioning.csv")
    assert set(conditions.network) == {"Fourier features", "SIREN", "hash encoding"}
