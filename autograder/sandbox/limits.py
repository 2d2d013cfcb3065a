"""What one submission may use."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Limits:
    """Limits of one guest; a course sets them in `course_config.py` as `c.Limits.<name>`.

    Attributes:
        cell_wall_seconds: for running one cell. Time in which it was ready but got no processor doesn't count, here
            and below.
        call_wall_seconds: for answering one call of a check.
        lost_wall_seconds: what one submission may lose to cells and calls that had to be stopped, follow-through
            included; beyond it each further cell or call gets `patience_wall_seconds` only.
        patience_wall_seconds: see `lost_wall_seconds`.
        counter_example_wall_seconds: for finding a counter-example for one exercise.
        submission_wall_seconds: for all of one submission; when they are over, nothing of it runs any more.
        mend_cpu_seconds: processor time for finding the mistake of one failed exercise by mending, the grader's and the
            guest's; 0: nothing is mended. It doesn't count as the submission's.
        mend_submission_cpu_seconds: the same for all exercises of one submission.
        cpu_seconds: processor time of one guest, enforced by the kernel.
        memory_bytes: address space of one guest beyond what it inherits.
        file_bytes: the largest file that it may write.
        folder_bytes: all files that it may write, where the kernel lets us mount a folder of its own.
        open_files: file descriptors.
        threads: at a time, where the kernel can count one guest's.
        output_characters: text kept of one cell's output.
        message_bytes: the largest message that it may send.
    """

    cell_wall_seconds: float = 10.0
    call_wall_seconds: float = 10.0
    lost_wall_seconds: float = 20.0
    patience_wall_seconds: float = 1.0
    counter_example_wall_seconds: float = 1.0
    submission_wall_seconds: float = 120.0
    mend_cpu_seconds: float = 1.5
    mend_submission_cpu_seconds: float = 6.0
    cpu_seconds: int = 120
    memory_bytes: int = 1 << 30
    file_bytes: int = 16 << 20
    folder_bytes: int = 64 << 20
    open_files: int = 64
    threads: int = 128
    output_characters: int = 20_000
    message_bytes: int = 32 << 20

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if value <= 0 and not (name == "mend_cpu_seconds" and value == 0):
                raise ValueError(f"the limit {name} is {value}; it must be above zero")

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)
