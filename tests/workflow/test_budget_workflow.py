"""An experiment with a memory budget: what cannot fit is a status, and a new budget runs again."""

import pandas as pd
import pytest
import yaml
from snake import CONFIG, snakemake

from inrbench.cells import records

pytestmark = pytest.mark.workflow

TRIAL = {
    "title": "Trial", "presets": {"tiny": {}}, "seeds": [0],
    "figures": {"convergence": {}, "memory_rate": {}},
    "datasets": {"forbild": {"size": 48, "views": 6, "columns": 24}},
    "parts": {"network": {"siren": {"width": 16, "layers": 2}},
              "gradient": {"exact": {"name": "jvp", "rate": 1}}},
    "methods": [{"name": "fbp"},
                {"name": "inr", "parameters": {"iterations": 3},
                 "axes": {"network": "siren", "objective": "least_squares",
                          "gradient": ["autograd", "exact"]}}],
}  # fmt: skip


def test_a_changed_budget_runs_the_cells_that_it_is_for(tmp_path):
    path = tmp_path / "trial.yaml"
    where = {"INRBENCH_EXPERIMENTS": str(tmp_path)}
    seen = {}
    for memory_budget, chunk, statuses in (
        ("600KiB", 1024, {"autograd": "out_of_memory", "exact": "ok"}),
        ("8MiB", None, {"autograd": "ok", "exact": "ok"}),
    ):
        path.write_text(yaml.safe_dump({**TRIAL, "memory_budget": memory_budget}))
        code, output = snakemake(tmp_path, "trial", *CONFIG, **where)
        assert code == 0, output
        results = tmp_path / "results" / "test" / "trial-tiny"
        table = pd.read_csv(results / "tables" / "table.csv")
        found = table[table.gradient.notna()].set_index("gradient").status
        assert found.to_dict() == statuses
        for record in map(records.read, results.glob("**/record.json")):
            name = record.cell.method.split("-")[-1]
            seen.setdefault(name, []).append(record.created)
            if name == "exact":
                assert record.fit.chunk == chunk
    for name, (first, second) in seen.items():
        assert (first == second) == (name == "fbp")
