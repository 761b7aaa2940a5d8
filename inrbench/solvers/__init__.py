"""Solvers: the argmin loops, knowing nothing of cells, records or files."""
