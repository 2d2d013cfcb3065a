"""The made-up class of the benchmark of class reports, small."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmarks.class_report import NAME, make_course

__all__ = ["NAME", "make_course"]
