"""What spares a process of ours time while it starts."""

import sys


def skip_address_grammar() -> None:
    """Call it before nbformat is imported, in a process that grades and nothing else.

    jsonschema, which nbformat imports, loads `rfc3987_syntax` where that is installed, and it compiles a grammar of web
    addresses: 1.5 s, for a format that notebooks do not use. With None its import fails, as if it were not there.
    Nothing does this when it is imported: in other people's processes the package is theirs.
    """
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]


def skip_distributed_tensors() -> None:
    """Call it in a process that runs tests of the instructor's.

    `torch.testing.assert_close` imports `torch.distributed.tensor`, 0.4 s, to see whether a value is one that is spread
    over machines; none is. The switch is torch's own, for builds that have no such values.
    """
    import torch.testing._comparison as comparison

    if hasattr(comparison, "_HAS_DTENSOR"):
        comparison._HAS_DTENSOR = False
