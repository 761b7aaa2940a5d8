"""A scan of one's own keeps the contract of all data sets."""

import numpy as np
import pytest
from written_scan import description, line_integrals, write

from inrbench.testing import DatasetContract


@pytest.mark.parametrize("test", [name for name in dir(DatasetContract) if name[:5] == "test_"])
@pytest.mark.parametrize("beam", ["parallel", "fan", "cone"])
def test_own_scan(beam, test, tmp_path):
    np.save(tmp_path / "views.npy", line_integrals(beam))
    path = write(tmp_path, description(beam))
    about = {"name": "scan", "parameters": {"file": str(path)}}
    getattr(type("OwnScan", (DatasetContract,), about)(), test)()
