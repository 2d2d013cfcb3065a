"""Mutants of the reference that are still right, by the audit's id, each with its reason."""

EQUIVALENTS: tuple[tuple[str, str], ...] = (
    (
        "accuracy: `(h >= 0.5).float()` without the call",
        "True and False are 1 and 0: the contract lets `predict` return either.",
    ),
    (
        "accuracy: `prediction.float()` without the call",
        "Comparing True and False with 1.0 and 0.0 gives the same as comparing numbers.",
    ),
    ("train: 1 to -1 (#4)", "x has two dimensions, so x.shape[-1] is x.shape[1]."),
    (
        "train_classifier: `accuracy(predict(h), y)` with its first arguments swapped",
        "Counting equal rows gives the same from either side.",
    ),
)
