"""`autograder export`: for other places, in their own formats."""

from __future__ import annotations

import typer

from autograder.cli import export_classroom, export_scores

app = typer.Typer(
    no_args_is_help=True, help="Export for other places: archives for graders, scores for learning platforms."
)
export_scores.register(app)
export_classroom.register(app)
