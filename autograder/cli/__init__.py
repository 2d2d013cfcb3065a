"""The command `autograder`: what it does, and what a terminal shows."""

import sys
from typing import NoReturn

from autograder.course.startup import collect_seldom, nbgrader_in_parts, skip_address_grammar


def start() -> NoReturn:
    """The program: says in one sentence what to install where this package has come without what graders need."""
    collect_seldom()
    skip_address_grammar()
    try:
        import typer  # noqa: F401  first, as it is what a bare package lacks

        nbgrader_in_parts()
        from autograder.cli.main import main
    except ModuleNotFoundError as error:
        name = (error.name or "").split(".")[0]
        if name == "autograder":
            raise
        print(
            f"Error: the command `autograder` needs {name}, which is not installed here. Install what graders need: "
            "pip install 'notebook-autograder[grader]'",
            file=sys.stderr,
        )
        sys.exit(1)
    main()
