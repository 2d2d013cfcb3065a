"""Damaged submissions of the tiny course, and what each deserves: `CASES`. How to write one: see `case.py`."""

from damaged import cells, files
from damaged.case import CASES, Case, add_folders

add_folders()

__all__ = ["CASES", "Case", "cells", "files"]
