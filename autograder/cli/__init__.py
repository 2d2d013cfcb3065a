"""The command `autograder`: what it does, and what a terminal shows."""

import sys
from typing import NoReturn

_EXTRA = "grader"
_ITS_PACKAGES = {"IPython", "alembic", "bleach", "nbconvert", "nbformat", "nbgrader", "numpy", "pyseccomp", "pytest"}
_ITS_PACKAGES |= {"rich", "safetensors", "sandlock", "sqlalchemy", "torch", "traitlets", "typer", "filelock"}


def start() -> NoReturn:
    """The program: says in one sentence what to install where this package has come without what graders need."""
    # jsonschema, which nbformat imports, loads this package where it is installed, and that compiles a grammar of web
    # addresses: 1.5 s at each start, for a format that notebooks do not use. With None its import fails, as if it were
    # not there. This is for our own process alone: others may need it.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    try:
        from autograder.cli.main import main
    except ModuleNotFoundError as error:
        name = (error.name or "").split(".")[0]
        if name not in _ITS_PACKAGES:
            raise
        print(
            f"Error: the command `autograder` needs {name}, which is not installed here. Install what graders need: "
            f"pip install 'autograder[{_EXTRA}]'",
            file=sys.stderr,
        )
        sys.exit(1)
    main()
