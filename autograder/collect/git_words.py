"""What git and its helpers say when something fails, in few words of ours for staff."""

from __future__ import annotations

import re
from enum import StrEnum

_MAX_TOLD_CHARACTERS = 160


class Fault(StrEnum):
    """Why a repository could not be read."""

    REFUSED = "refused"  # who asks may not read it
    MISSING = "missing"
    NETWORK = "network"  # may be gone soon
    SLOW = "slow"
    OTHER = "other"


# What git and its helpers say, in English as we ask for it; the first that fits counts.
_SAYINGS = (
    (r"host key verification failed", Fault.OTHER, "has a server whose key is not known here: connect once with ssh"),
    (
        r"authentication failed|could not read (?:username|password)|returned error: 40[13]|access denied"
        r"|permission denied \(",
        Fault.REFUSED,
        "can't be read: its server refuses who asks",
    ),
    (r"returned error: 3\d\d", Fault.OTHER, "has moved: write its new address into the list"),
    (
        r"returned error: 404|repository .*not found|does not exist|not appear to be a git repo|project .*not be found",
        Fault.MISSING,
        "is not there, or who asks may not see it",
    ),
    (r"dubious ownership", Fault.OTHER, "belongs to another account of this machine, whose settings git would follow"),
    (r"returned error: 429", Fault.NETWORK, "has a server that asks for fewer questions: try again later"),
    (
        r"out of memory|cannot allocate|malloc|mmap failed",
        Fault.OTHER,
        "needs more memory than one repository may have",
    ),
    (r"couldn't find remote ref", Fault.MISSING, "does not have that branch"),
    (
        r"(?:object [0-9a-f]+: |fsck error.*?)(?P<what>[a-zA-Z]+): ",
        Fault.OTHER,
        "holds what git refuses ({what}), as no git makes it",
    ),
    (
        r"file size limit|file too large|signal 25|invalid index-pack output",
        Fault.OTHER,
        "is larger than is fetched of one repository, or damaged",
    ),
    (
        r"could not resolve|connection|timed out|timeout|hung up|early eof|returned error: 5\d\d|rpc failed"
        r"|unable to access|network|ssh: |unexpected disconnect|gnutls|ssl",
        Fault.NETWORK,
        "can't be reached",
    ),
)


class GitError(Exception):
    """git could not do something; the text is the end of a sentence on the repository."""

    def __init__(self, fault: Fault, text: str) -> None:
        super().__init__(text)
        self.fault = fault


def git_error(code: int, said: str) -> GitError:
    """What went wrong, by what git said; not by what a server had it repeat, which a stranger may have written."""
    lines = [line for line in said.splitlines() if not line.startswith("remote:") and line.strip()]
    text = "\n".join(lines) + f"\nsignal {-code}" * (code < 0)
    for pattern, fault, words in _SAYINGS:
        if found := re.search(pattern, text, re.IGNORECASE):
            return GitError(fault, words.format(**found.groupdict()))
    last = next((line for line in reversed(lines) if line.startswith(("fatal:", "error:"))), f"it ended with {code}")
    told = "".join(each if each.isprintable() else "�" for each in last.partition(": ")[2] or last)
    return GitError(Fault.OTHER, f"can't be read: git says “{told[:_MAX_TOLD_CHARACTERS]}”")
