"""The built-in data sets that need no file keep the contract of all data sets."""

import pytest

from inrbench import registry
from inrbench.testing import DatasetContract

SIMULATED = [row for row in registry.rows() if row.kind == "dataset" and row.tiny]


@pytest.mark.parametrize("test", [name for name in dir(DatasetContract) if name[:5] == "test_"])
@pytest.mark.parametrize("row", SIMULATED, ids=lambda row: row.name)
def test_simulated(row, test):
    about = {"name": row.name, "parameters": dict(row.tiny)}
    getattr(type("Simulated", (DatasetContract,), about)(), test)()
