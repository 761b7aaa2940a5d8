"""Compare two sets of records: is anything slower, larger or worse than before?

`runs` reads records, `measures` says what is compared of them, `comparable` whether it may be;
`noise` holds how far runs of the same code lie apart, and `floor`, `null`, `shift`, `bootstrap`
and `significance` make a test of it; `judge` gives the verdicts, and `comparison` rows of them.
"""

from inrbench.compare.comparison import Comparison, Row, compare
from inrbench.compare.noise import Noise
from inrbench.compare.runs import Runs

__all__ = ["Comparison", "Noise", "Row", "Runs", "compare"]
