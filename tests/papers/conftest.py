import pytest
from kept import Kept


@pytest.fixture
def kept(tmp_path):
    return Kept(tmp_path / "cells")
