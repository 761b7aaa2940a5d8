"""The experiment `memory_scaling`: cone beams through the real workflow, up to its figure."""

import pandas as pd
import pytest
from snake import CONFIG, snakemake

pytest.importorskip("inrbench.projectors.rtk", reason="needs itk-rtk")
pytestmark = pytest.mark.workflow


def test_memory_is_measured_until_autograd_no_longer_fits(tmp_path):
    code, output = snakemake(tmp_path, "memory_scaling", *CONFIG)
    assert code == 0, output
    results = tmp_path / "results" / "test" / "memory_scaling-tiny"
    table = pd.read_csv(results / "tables" / "table.csv").set_index(["dataset", "gradient"])
    assert table.status.drop(("16³", "autograd")).eq("ok").all() and len(table) == 6
    assert table.status["16³", "autograd"] == "out_of_memory"
    peaks = table.tensor_peak
    assert peaks["12³", "autograd"] > 1.5 * peaks["12³", "exact"]
    assert peaks["16³", "exact"] < 2**20
    assert (results / "figures" / "memory_scaling.png").read_bytes().startswith(b"\x89PNG")
