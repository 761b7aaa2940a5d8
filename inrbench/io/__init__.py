"""Files and words from outside: read with bounds, written whole, printed harmlessly."""
