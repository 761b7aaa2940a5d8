"""Compare two sets of records: is anything slower, larger or worse than before?

`runs` reads records, `measures` says what is compared of them, `noise` how far runs of the same
code lie apart.
"""
