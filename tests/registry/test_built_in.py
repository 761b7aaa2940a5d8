"""A built-in part is one row: enough to make it, to draw it and to cite it."""

import pytest

from inrbench import networks, registry
from inrbench.cells import spec
from inrbench.testing.problem import SCALE, small_problem


def rows(kind):
    return [pytest.param(row, id=row.name) for row in registry.rows() if row.kind == kind]


@pytest.mark.parametrize("row", rows("network"))
def test_a_network_is_made_from_its_row(row):
    grid, _, _ = small_problem()
    network = networks.make(row.name, grid, SCALE, seed=0, **row.tiny)
    assert network(grid.coordinates(0, 5)).shape == (5,)
    assert sum(weights.numel() for weights in network.parameters()) < 10_000


@pytest.mark.parametrize("kind", ["network", "objective", "gradient", "sampler", "method"])
def test_tiny_parameters_are_ones_that_the_part_takes(kind):
    for row in registry.rows():
        if row.kind == kind:
            registry.check_parameters(row.name, registry.load(kind, row.name), dict(row.tiny))


def test_a_simulated_data_set_is_made_from_its_row():
    for row in registry.rows():
        if row.kind == "dataset" and row.tiny:
            whole = spec.part("dataset", {"name": row.name, **row.tiny})
            assert whole.keys() > row.tiny.keys()


def test_networks_that_stand_in_one_figure_differ_in_colour():
    for kind in ("network", "objective", "sampler"):
        colours = registry.colours(kind)
        assert len(set(colours.values())) == len(colours) == len(registry.names(kind))


def test_the_command_lists_every_row(capsys):
    from inrbench.cli.experiments import parts

    parts()
    printed = capsys.readouterr().out.splitlines()
    assert len(printed) == len(registry.rows())
    assert any("siren" in line and "arXiv:2006.09661" in line for line in printed)
