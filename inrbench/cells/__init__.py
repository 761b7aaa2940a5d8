"""Cells: what their runs left, in folders of their own or kept together."""
