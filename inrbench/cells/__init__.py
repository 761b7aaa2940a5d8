"""Cells and what is left of them: specification, record, history. No torch."""
