"""The contract of a method, which every built-in one keeps; and of the parts in a whole cell."""

import pytest

from inrbench.testing import CellContract, MethodContract

SIREN = {"name": "siren", "width": 16, "layers": 2, "frequency": 10.0}


class TestFBP(MethodContract):
    name = "fbp"


class TestFDK(MethodContract):
    name = "fdk"

    @pytest.fixture(autouse=True)
    def library(self):
        pytest.importorskip("inrbench.projectors.rtk", reason="needs itk-rtk")


class TestCGLS(MethodContract):
    name = "cgls"
    parameters = {"iterations": 5}  # noqa: RUF012


class TestTV(MethodContract):
    name = "tv"
    parameters = {"strength": 1e-3, "iterations": 20}  # noqa: RUF012


class TestINR(MethodContract):
    name = "inr"
    parameters = {  # noqa: RUF012
        "network": SIREN,
        "objective": {"name": "filtered_least_squares", "subsets": 2},
        "gradient": {"name": "jvp", "rate": 0.25},
        "iterations": 20,
    }


class TestADMM(MethodContract):
    name = "admm"
    parameters = {  # noqa: RUF012
        "network": SIREN,
        "gradient": {"name": "jvp", "rate": 0.25},
        "iterations": 20,
        "cgls_steps": 10,
        "adam_steps": 10,
    }


class TestHashEncoding(CellContract):
    kind, name = "network", "hash_encoding"
    parameters = {"levels": 4, "log2_table": 8, "finest": 32}  # noqa: RUF012
