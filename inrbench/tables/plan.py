"""A plan as people read it."""

from __future__ import annotations

from collections.abc import Sequence

from inrbench.io.byte_size import human
from inrbench.io.duration import duration
from inrbench.memory.plan import PlanRow
from inrbench.memory.time import Costs
from inrbench.tables.page import ABSENT, Columns, Page, without_empty

_MEMORY = (
    "Peak: the most bytes of live tensors at once, by a rehearsal of the first iterations on "
    "shapes alone; a projector's matrix and work space, the CUDA context and the allocator's "
    "slack come on top."
)


def plan_page(
    rows: Sequence[PlanRow],
    title: str,
    memory: str | None = None,
    iterations: int = 1000,
    about: Sequence[str] = (),
    note: str | None = None,
) -> Page:
    """The rows, with the reasons of those that have no peak as warnings.

    Args:
        rows: see `plan`.
        title: heading.
        memory: what the rows were to fit, "24GB", for the heading of their column.
        iterations: how many the last column is for.
        about, note: sentences above and below.
    """
    axes = list(dict.fromkeys(axis for row in rows for axis in row.labels))
    rates = [row.gradient.get("rate") for row in rows]
    times = [row.seconds for row in rows]
    heading = "fits" if memory is None else f"fits {memory}"
    columns: Columns = {
        **{axis: [row.labels.get(axis, ABSENT) for row in rows] for axis in axes},
        "rate (%)": [ABSENT if rate is None else f"{100 * rate:g}" for rate in rates],
        "chunk": [_chunk(row) for row in rows],
        "peak": [ABSENT if row.peak is None else human(row.peak) for row in rows],
        heading: [{None: ABSENT, True: "yes", False: "no"}[row.fits] for row in rows],
        "s/iteration": [ABSENT if t is None else _seconds(t) for t in times],
        f"{iterations} iterations": [
            ABSENT if t is None else duration(iterations * t) for t in times
        ],
    }
    reasons = list(dict.fromkeys(row.reason for row in rows if row.reason))
    warnings = [f"{reason[0].upper()}{reason[1:]}." for reason in reasons]
    return Page(title, without_empty(columns), warnings, [*about, _MEMORY], note)


def time_note(costs: Costs, projector: float) -> str:
    """What the seconds are, and what is not in them."""
    threads = f", {costs.threads} thread{'s'[: costs.threads != 1]}"
    where = costs.device if costs.device == "cuda" else f"{costs.device}{threads}"
    rest = "sampler, filter and Adam's update are not in them"
    if projector:
        rest = f"with {projector:g} s for the projector; {rest}"
    else:
        rest = f"the projector, {rest}"
    return (
        f"Seconds: of the network's passes, from costs a point measured now on this machine "
        f"({where}) and extrapolated linearly; {rest}."
    )


def _seconds(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"


def _chunk(row: PlanRow) -> str:
    gradient = row.gradient
    if gradient.get("name") != "jvp" or (row.peak is None and gradient["chunk"] == "auto"):
        return ABSENT
    return f"{gradient['chunk']}" if isinstance(gradient["chunk"], int) else "all at once"
