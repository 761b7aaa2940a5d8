"""The errors of a combination that makes sense but that a part of the suite, or of this machine,
cannot do."""


class Unsupported(ValueError):
    """Raised with a sentence by what cannot do a scan; the record's status is `unsupported`."""


class Absent(Unsupported):
    """What is asked for is not here at all: a CUDA device, or any projector of that dimension.

    No cell is recorded for it, since it says nothing of the cell.
    """
