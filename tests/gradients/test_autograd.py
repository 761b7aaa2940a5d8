"""Automatic differentiation: the contract."""

from inrbench.testing import GradientContract


class TestContract(GradientContract):
    name = "autograd"
