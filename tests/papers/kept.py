"""Records of the tests' own, in folders as a run would leave them."""

import math

from inrbench.cells.history import write_history, write_notes
from inrbench.cells.record import CellName, Memory, Record
from inrbench.cells.result import Result
from inrbench.cells.spec import method as method_of

GRADIENTS = {
    "autograd": {"name": "autograd"},
    "exact": {"name": "jvp", "rate": 1, "chunk": 8},
    "JVP 10 %": {"name": "jvp", "rate": 0.1},
    "JVP 50 %": {"name": "jvp", "rate": 0.5},
    "JVP 10 %, stratified": {"name": "jvp", "rate": 0.1, "sampler": "stratified"},
}
NAMES = {"Fourier features": "fourier_features", "SIREN": "siren",
         "hash encoding": "hash_encoding"}  # fmt: skip
OBJECTIVES = {"LS": "least_squares", "FLS": "filtered_least_squares"}


class Kept:
    """Makes cells below a folder; `found` has them all.

    Args:
        folder: for the cells.
    """

    def __init__(self, folder):
        self.folder = folder
        self.found = []

    def cell(self, method="INR", network=None, objective=None, gradient=None, seed=0, mse=1.0,
             status="ok", peak=None, curve=None, notes=(), dataset="FORBILD", experiment="e",
             best=None, data=None, **parameters):  # fmt: skip
        """One cell; `curve` is MSE by iteration, else one checkpoint at iteration 1000; the
        `parameters` are the method's own, as if swept."""
        labels = {"dataset": dataset, "method": method, "network": network,
                  "objective": objective, "gradient": gradient}  # fmt: skip
        labels |= {axis: str(value) for axis, value in parameters.items()}
        labels = {axis: label for axis, label in labels.items() if label is not None}
        spec = {"name": method.lower(), "iterations": 1000, **parameters}
        if network:
            spec["network"] = {"name": NAMES[network]}
        if objective:
            name, _, subsets = objective.partition(", ")
            spec["objective"] = {"name": OBJECTIVES[name]}
            if subsets:
                spec["objective"]["subsets"] = int(subsets.split()[0])
        if gradient:
            spec["gradient"] = GRADIENTS[gradient]
        good, end = status == "ok", None if math.isnan(mse) else mse
        record = Record(
            cell=CellName(experiment=experiment, preset="p", dataset=dataset, seed=seed,
                          method="-".join(label for label in labels.values())),
            labels=labels, status=status, unit="mm",
            metrics={"mse": end, "best_mse": end if best is None else best} if good else {},
            memory=[Memory(name="tensor_peak", bytes=peak, how="counted")] if peak else [],
            spec={"method": method_of(spec), "dataset": data or {"name": "forbild", "size": 32}},
            command="again", created="now",
        )  # fmt: skip
        folder = self.folder / str(len(self.found))
        folder.mkdir(parents=True)
        rows = [{"iteration": k, "mse": each} for k, each in (curve or {1000: mse}).items()]
        if good:
            write_history(folder / "history.parquet", rows)
        write_notes(folder / "notes.parquet", list(notes))
        (folder / "record.json").write_text(record.model_dump_json())
        self.found.append(Result(record, folder))
        return record
