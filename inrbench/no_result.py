"""The error of a run that has nothing to record."""


class NoResult(ValueError):
    """An input cannot be read, a device is not there, a disk is full: no fault of the cell.

    No record is written; one that stands there stays.
    """
