"""What spares a process of ours time while it starts."""

import gc
import sys

from autograder.sandbox.late import late

_SELDOM = 50_000
_USUAL = gc.get_threshold()


def skip_address_grammar() -> None:
    """Call it before nbformat is imported, in a process that grades and nothing else.

    jsonschema, which nbformat imports, loads `rfc3987_syntax` where that is installed, and it compiles a grammar of web
    addresses: 1.5 s, for a format that notebooks do not use. With None its import fails, as if it were not there.
    Nothing does this when it is imported: in other people's processes the package is theirs.
    """
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]


def collect_seldom() -> None:
    """Call it first in a process that grades and nothing else: what imports leave in memory is looked through again
    and again for garbage, which takes a tenth of their time, and there is hardly any."""
    gc.set_threshold(_SELDOM)


def collect_as_usual() -> None:
    """Call it when all is imported, in a process that goes on for long: else its garbage would grow and grow."""
    gc.set_threshold(*_USUAL)


def nbgrader_in_parts() -> None:
    """Call it before nbgrader is imported, in a process that grades and nothing else.

    nbgrader and nbconvert import all that they have, servers to show it, and what asks a JupyterHub: 0.6 s. Here a part
    of them imports what it needs itself. Who asks for more of them gets all.
    """
    late("requests")
    late("nbgrader", parts=True)
    late("nbconvert", parts=True)
    late("nbconvert.exporters", parts=True)
    if (steps := late("nbconvert.preprocessors", parts=True)) is not None:
        from nbconvert.preprocessors.base import Preprocessor
        from nbconvert.preprocessors.clearoutput import ClearOutputPreprocessor

        vars(steps).update(Preprocessor=Preprocessor, ClearOutputPreprocessor=ClearOutputPreprocessor)
    if (steps := late("nbgrader.preprocessors", parts=True)) is not None:
        from nbgrader.preprocessors.base import NbGraderPreprocessor

        vars(steps).update(NbGraderPreprocessor=NbGraderPreprocessor)


def skip_distributed_tensors() -> None:
    """Call it in a process that runs tests of the instructor's.

    `torch.testing.assert_close` imports `torch.distributed.tensor`, 0.4 s, to see whether a value is one that is spread
    over machines; none is. The switch is torch's own, for builds that have no such values.
    """
    import torch.testing._comparison as comparison

    if hasattr(comparison, "_HAS_DTENSOR"):
        comparison._HAS_DTENSOR = False
