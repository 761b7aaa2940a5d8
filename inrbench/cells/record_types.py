"""What the leaves of a record may be: names, texts, and numbers that can be computed with."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][^/\\\p{C}]*$", max_length=200)]
"""Of a folder: no path, no hidden one, and printable."""
Word = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=100)]
"""Of a parameter or an axis."""
Label = Annotated[str, StringConstraints(max_length=300)]
Finite = Annotated[float, Field(ge=-1e100, le=1e100, allow_inf_nan=False)]
Amount = Annotated[float, Field(ge=0, le=1e100, allow_inf_nan=False)]
"""At least 0, whatever its unit."""
Count = Annotated[int, Field(ge=0, lt=2**63)]

CLOSED = ConfigDict(extra="forbid", strict=True)
OPEN = ConfigDict(extra="allow", strict=True)
