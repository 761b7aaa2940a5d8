"""Which cells are LS, FLS, ADMM and TV of Najaf and Ongie (2025), by registered names: an
experiment may label its parts as it likes."""

from __future__ import annotations

from collections.abc import Iterator

from inrbench import registry
from inrbench.cells.cell import Cell
from inrbench.cells.pairs import by_experiment, kind
from inrbench.cells.record import Record
from inrbench.cells.result import Result
from inrbench.cells.subsets import WHOLE
from inrbench.papers.comparison import ClaimComparison

NETWORKS = ("fourier_features", "siren", "hash_encoding")
METHODS = {"admm": "ADMM", "tv": "TV", "conditioning": "conditioning"}
OBJECTIVES = {"least_squares": "LS", "filtered_least_squares": "FLS"}
"""Of the method inr."""

# Role -> seed -> cell.
Runs = dict[str, dict[int, Result]]


def role(cell: Record | Cell) -> str | None:
    """A value of `METHODS` or `OBJECTIVES`; None for a cell that is not the paper's."""
    method = cell.spec["method"]
    if "gradient" in method and kind(cell) == "sampled":
        return None
    if method["name"] != "inr":
        return METHODS.get(method["name"])
    objective = method["objective"]
    return OBJECTIVES.get(objective["name"]) if objective["subsets"] == WHOLE else None


def one_of(cell: Cell, roles: tuple[str, ...], networks: tuple[str, ...] = NETWORKS) -> bool:
    """Whether a cell has one of these roles and, where it has a network, one of these."""
    return role(cell) in roles and _network(cell) in (None, *networks)


def settings(
    found: list[Result], networks: tuple[str, ...], *roles: str
) -> Iterator[tuple[ClaimComparison, Runs]]:
    """For each data set and network that has all of these roles in one experiment: a comparison
    that is yet without values, and the cells.

    Where a role has several cells of one seed (of two rho, say) the comparison says so and there
    are no cells: which of them is the paper's is not for us to choose.
    """
    for own in by_experiment(found):
        groups: dict[tuple[str, str | None], dict[str | None, list[Result]]] = {}
        for one in own:
            group = groups.setdefault((one.record.cell.dataset, _network(one.record)), {})
            group.setdefault(role(one.record), []).append(one)
        for (dataset, network), group in groups.items():
            group = groups.get((dataset, None), {}) | group  # TV has no network
            if network not in networks or not set(roles) <= set(group):
                continue
            cells = {each: _full(group[each]) for each in roles}
            runs = {each: {cell.record.cell.seed: cell for cell in cells[each]} for each in roles}
            names = dict.fromkeys(
                cell.record.cell.method
                for each in roles if len(runs[each]) < len(cells[each])
                for cell in cells[each]
            )  # fmt: skip
            label = group[roles[0]][0].record.labels["dataset"]
            why = f"several cells: {', '.join(names)}" if names else ""
            one = ClaimComparison(label, (registry.label("network", network),), detail=why)
            yield one, {each: {} for each in roles} if names else runs


def _full(cells: list[Result]) -> list[Result]:
    """Those with autograd, or where there are none all of them: their gradient is exact."""
    autograd = [
        cell for cell in cells
        if cell.record.spec["method"].get("gradient", {}).get("name") == "autograd"
    ]  # fmt: skip
    return autograd or cells


def _network(cell: Record | Cell) -> str | None:
    return cell.spec["method"].get("network", {}).get("name")
