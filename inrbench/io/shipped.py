"""Where manifests, experiments and the workflow lie: at the top of a clone, or in the package.

A wheel has them in `inrbench/shipped`, where `setup.py` puts a copy while it is built.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]

INSTALLED = (_PACKAGE / "shipped").is_dir()
"""Whether inrbench came as a wheel; else it runs from a clone."""
ROOT = _PACKAGE / "shipped" if INSTALLED else _PACKAGE.parent
"""Of Snakefile, workflow, profiles and data_manifests."""
