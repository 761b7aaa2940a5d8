"""What is drawn where there is nothing to draw: a sentence, so that a workflow goes on."""

from __future__ import annotations

import matplotlib.pyplot as plt
from matplotlib.figure import Figure


def blank(sentence: str) -> Figure:
    """A small figure with a sentence in it."""
    figure = plt.figure(figsize=(4, 1))
    figure.text(0.5, 0.5, sentence, ha="center")
    return figure
