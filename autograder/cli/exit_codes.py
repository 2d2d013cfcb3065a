"""What the exit code of a command says."""

OK = 0
BAD_INPUT = 1
USAGE = 2
FAULT = 3
BELOW = 4
UNMATCHED = 5
INTERRUPTED = 130
SIGNAL_CODES = 128  # what a shell adds to the number of a signal

MEANINGS = {
    OK: "it ran, whatever the marks",
    BAD_INPUT: "bad input, or a machine that can't isolate fully",
    USAGE: "wrong usage",
    FAULT: "a fault of the grader or of a check",
    BELOW: "a score is below --fail-under",
    UNMATCHED: "done, without students who could not be matched; it says whom",
}


def epilog(*examples: str) -> str:
    """What stands below a command's help: examples, and exit codes. \\b keeps lines as they are."""
    codes = [f"  {code}  {meaning}" for code, meaning in MEANINGS.items()]
    return "\n".join(["\b", "Examples:", *(f"  {each}" for each in examples), "", "\b", "Exit codes:", *codes])
