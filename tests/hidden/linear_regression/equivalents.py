"""Mutants of the reference that are still right, by the audit's id, each with its reason."""

EQUIVALENTS: tuple[tuple[str, str], ...] = (
    ("cost: `h - y` with its sides swapped", "The square is the same either way."),
    ("train: `cost(model(x), y)` with its first arguments swapped", "The square is the same either way."),
)
