"""Experiments: the schema of their files, reading these, and what a search chose. No torch."""
