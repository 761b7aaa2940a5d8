"""Regularisers that are added to an objective, as specifications have them. No torch.

    {"name": "least_squares", "plus": [{"name": "tv", "strength": 1e-3}]}

A specification names them only where there are any, see `cells.output`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Part = dict[str, Any]


def plus(objective: Mapping[str, Any]) -> list[Part]:
    """The regularisers of {name, plus: [{name, **parameters}, ...], **parameters}; [] without.

    Raises:
        ValueError: no list, or one whose items are not all parts with a name.
    """
    found = objective.get("plus", [])
    if not (isinstance(found, list) and all(_named(one) for one in found)):
        raise ValueError(
            f"plus={found!r}: expected a list of regularisers, as [{{name: tv, strength: 1e-3}}]"
        )
    return found


def _named(one: Any) -> bool:
    return isinstance(one, dict) and isinstance(one.get("name"), str)


def names(objective: Mapping[str, Any]) -> str:
    """ "least_squares", "least_squares + tv"."""
    return " + ".join(one["name"] for one in (objective, *plus(objective)))


def hand_over_strength(method: Part) -> Part:
    """A method's part whose `strength` stands in its objective's regularisers that lack one.

    An axis of an experiment is a parameter of the method: so the strength can be swept.
    """
    objective = method.get("objective")
    terms = plus(objective) if isinstance(objective, dict) else []
    if "strength" not in method or all("strength" in one for one in terms):
        return method
    rest = {key: value for key, value in method.items() if key != "strength"}
    added = [{**one, "strength": one.get("strength", method["strength"])} for one in terms]
    return rest | {"objective": {**objective, "plus": added}}


def swept(method: Part, parameter: str) -> Any:
    """A method's parameter or, of a strength that it handed over, that of its regularisers; None
    without either."""
    if parameter != "strength" or parameter in method:
        return method.get(parameter)
    found = {one.get("strength") for one in plus(method.get("objective", {}))}
    return found.pop() if len(found) == 1 else None
