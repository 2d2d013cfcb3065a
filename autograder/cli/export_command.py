"""`autograder export`: for other places, in their own formats."""

from __future__ import annotations

import typer

from autograder.cli import export_archives, export_classroom, export_scores

app = typer.Typer(
    no_args_is_help=True, help="Export for other places: archives for graders, scores for learning platforms."
)
app.command(short_help="Make Gradescope's autograder.zip.", epilog=export_archives.GRADESCOPE)(
    export_archives.gradescope
)
app.command(short_help="Make a question of PrairieLearn's.", epilog=export_archives.PRAIRIELEARN)(
    export_archives.prairielearn
)
export_scores.register(app)
export_classroom.register(app)
