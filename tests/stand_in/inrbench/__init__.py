"""A stand-in for the package, of two cells and two seeds: its records come at once."""
