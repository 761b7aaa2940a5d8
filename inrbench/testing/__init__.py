"""Contract tests that ship: a plug-in's author inherits them, as the built-in parts do.

    from inrbench.testing import NetworkContract

    class TestMyNetwork(NetworkContract):
        name = "my_network"
        parameters = {"width": 16}

pytest then runs every `test_` method of the contract on the registered name.
"""

from inrbench.testing.cells import CellContract
from inrbench.testing.datasets import DatasetContract
from inrbench.testing.gradients import GradientContract
from inrbench.testing.methods import MethodContract
from inrbench.testing.networks import NetworkContract
from inrbench.testing.objectives import DataTermContract, ObjectiveContract
from inrbench.testing.projectors import ConeProjectorContract, ProjectorContract

__all__ = [
    "CellContract",
    "ConeProjectorContract",
    "DataTermContract",
    "DatasetContract",
    "GradientContract",
    "MethodContract",
    "NetworkContract",
    "ObjectiveContract",
    "ProjectorContract",
]
