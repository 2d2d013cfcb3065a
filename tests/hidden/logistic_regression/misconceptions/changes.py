"""Wrong code as a right solution with some lines changed, which shows the mistake and nothing else."""


def changed(code: str, *changes: tuple[str, str]) -> str:
    """`code` with each old text replaced by the new one. Raises ValueError if an old text is not there."""
    for old, new in changes:
        if old not in code:
            raise ValueError(f"there is no {old!r} to change")
        code = code.replace(old, new)
    return code
