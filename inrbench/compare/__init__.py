"""Compare runs: is anything slower, larger or worse than before, and how do two methods compare?

`runs` reads records, `measures` says what is compared of them, `comparable` whether it may be.
`exact` judges what repeats, `ratio` has the change of a row, `groups` the test of what rows share,
`noise` what runs of the same code differ by, and `comparison` the verdicts. `methods` sets two
methods beside each other. `side_by_side` lets two revisions take turns, with `worktrees`,
`code_state` and `repeats`.
"""

from inrbench.compare.comparison import Comparison, compare
from inrbench.compare.noise import Noise
from inrbench.compare.runs import Runs

__all__ = ["Comparison", "Noise", "Runs", "compare"]
