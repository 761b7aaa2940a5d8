"""Which files the tables of an experiment are: the workflow declares these and no others are
written. No pandas."""

from __future__ import annotations

from collections.abc import Collection

from inrbench.experiments.experiment import Experiment

NOTED = ("gradient_quality", "conditioning")
"""Methods whose notes have a table of their name."""
_FORMS = {"cells": ("csv",), "brief": ("md", "tex")}
_ALL = ("csv", "md", "tex")


def names(methods: Collection[str], paper: str | None) -> dict[str, tuple[str, ...]]:
    """Each table of an experiment with these methods, and with a paper or without -> its forms.

    cells has a row a cell; table, brief (some of its columns) and agreement are for people, as md
    and tex; csv holds their numbers, unrounded, in base units.
    """
    found = ["cells", "table", "brief", "agreement"]
    found += [method for method in NOTED if method in methods]
    found += ["claims"] if paper is not None else []
    return {name: _FORMS.get(name, _ALL) for name in found}


def files(experiment: Experiment) -> list[str]:
    """The names of all files in an experiment's folder of tables."""
    wanted = names([family.name for family in experiment.methods], experiment.paper)
    return [f"{name}.{suffix}" for name, forms in wanted.items() for suffix in forms]
