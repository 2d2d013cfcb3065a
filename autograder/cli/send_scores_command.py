"""`autograder send-scores` and `autograder lti-key`: marks straight into a platform's gradebook, through LTI 1.3."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autograder.cli.arguments import CourseDir, Name
from autograder.cli.exit_codes import NOT_SENT, OK, epilog
from autograder.cli.export_scores import AllLookedAt, Excused, LookedAt, Zeros
from autograder.course.course import find_course, load_course
from autograder.course.errors import CourseError
from autograder.course.settings import read_root

if TYPE_CHECKING:
    from collections.abc import Sequence

    from autograder.doors.lti_client import Registration
    from autograder.doors.lti_scores import Plan
    from autograder.doors.lti_sending import Outcome, Sending

_KEY = "AUTOGRADER_LTI_KEY"
_MOST = 300
_HOW = "    --token-url https://lms.example.org/token --client-id 10000001 --key lti.pem"
EPILOG = epilog("autograder send-scores my_lab --line-item https://lms.example.org/7 \\", _HOW)
ITEMS_EPILOG = epilog("autograder lti-line-items https://lms.example.org/items \\", _HOW)
KEY_EPILOG = epilog("autograder lti-key lti.pem", "autograder lti-key lti.pem --pem")


LineItemUrl = Annotated[
    str,
    typer.Option("--line-item", envvar="AUTOGRADER_LTI_LINE_ITEM", metavar="URL", help="The assignment's line item."),
]
TokenUrl = Annotated[
    str, typer.Option(envvar="AUTOGRADER_LTI_TOKEN_URL", metavar="URL", help="Where the platform gives tokens.")
]
ClientId = Annotated[
    str, typer.Option(envvar="AUTOGRADER_LTI_CLIENT_ID", metavar="ID", help="How the platform calls this tool.")
]
Key = Annotated[Path | None, typer.Option(metavar="FILE", help="The private key as PEM.", show_default=f"in ${_KEY}")]
KeyId = Annotated[str, typer.Option(metavar="KID", help="The key's id there.", show_default="from the key")]
Audience = Annotated[str, typer.Option(metavar="TEXT", help="Who the assertion is for.", show_default="the token URL")]
DeploymentId = Annotated[str, typer.Option(metavar="ID", help="For platforms that ask for it.")]


def lti_line_items(
    url: Annotated[str, typer.Argument(metavar="URL", help="The course's line items; see docs/scores.md.")],
    token_url: TokenUrl,
    client_id: ClientId,
    key: Key = None,
    key_id: KeyId = "",
    audience: Audience = "",
    deployment_id: DeploymentId = "",
) -> None:
    """List a course's line items on a learning platform: what --line-item of send-scores can be."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    from autograder.doors.lti_client import Client
    from autograder.doors.lti_line_items import SCOPE, line_items
    from autograder.doors.lti_scores import check_url
    from autograder.report.formats.screen import printable, without_end

    check_url("URL", url)
    check_url("--token-url", token_url)
    found = line_items(Client(_registration(token_url, client_id, key, key_id, audience, deployment_id), SCOPE), url)
    table = Table("line item", "points", "address", box=box.SIMPLE_HEAD)
    for each in found:
        table.add_row(*(printable(without_end(text, _MOST)) for text in (each.label, each.max_points, each.url)))
    Console(soft_wrap=True).print(table if found else "This course has no line items yet.")
    raise typer.Exit(OK)


def lti_key(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The private key; made if it is not there.")],
    pem: Annotated[bool, typer.Option("--pem", help="Print the public half as PEM instead of a JWK set.")] = False,
) -> None:
    """Make a key for a learning platform, and print the public half, which the platform is to know."""
    from autograder.doors.lti_keys import make_key, public_keys, public_pem, read_key

    if not file.exists():
        make_key(file)
    private = read_key(file)
    print((public_pem if pem else public_keys)(private).rstrip())
    raise typer.Exit(OK)


def send_scores(
    name: Name,
    line_item: LineItemUrl,
    token_url: TokenUrl,
    client_id: ClientId,
    key: Key = None,
    key_id: KeyId = "",
    audience: Audience = "",
    deployment_id: DeploymentId = "",
    course_dir: CourseDir = Path(),
    canvas: Annotated[bool, typer.Option("--canvas", help="It is Canvas: a mark is not another attempt.")] = False,
    zeros: Zeros = False,
    looked_at: LookedAt = None,
    all_looked_at: AllLookedAt = False,
    excused: Excused = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be sent; send nothing.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Send also what the platform was told already.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say only what was not sent.")] = False,
) -> None:
    """Send today's marks to a line item of a learning platform: LTI 1.3, Assignment and Grade Services."""
    from filelock import FileLock, Timeout

    from autograder.cli.exporting import read_marks, settled_of
    from autograder.course.lock import saving
    from autograder.doors.lti_client import Client
    from autograder.doors.lti_scores import CANVAS, check_url, plan, read_log
    from autograder.doors.lti_sending import Sending

    check_url("--line-item", line_item)
    check_url("--token-url", token_url)
    course, name = load_course(find_course(course_dir)), name.rstrip("/")
    people, scores = read_marks(course, [name], settled_of(looked_at, all_looked_at, excused))
    log = read_root(course.config, course.folder) / "reports" / f"{name}-sent.jsonl"
    lock = FileLock(log.with_suffix(".lock"))
    with saving(course):
        log.parent.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire(blocking=False)
        except Timeout:
            raise CourseError(f"Scores of {name} are being sent already. Wait until that is done.") from None
    with lock:
        sent = read_log(log, line_item)
        planned = plan(scores[0], people, sent, zeros, again)
        _tell_plan(name, planned, quiet)
        if dry_run:
            raise typer.Exit(OK)
        if not planned.postings:
            _tell_end(name, planned, (), quiet)
            raise typer.Exit(NOT_SENT if planned.left_out else OK)
        registration = _registration(token_url, client_id, key, key_id, audience, deployment_id)
        sending = Sending(Client(registration), line_item, log, sent, more=CANVAS if canvas else {})
        raise typer.Exit(_send(name, planned, sending, quiet))


def _registration(
    token_url: str, client_id: str, key: Path | None, key_id: str, audience: str, deployment_id: str
) -> Registration:
    from autograder.cli.commands import errors
    from autograder.doors import lti_keys
    from autograder.doors.lti_client import Registration

    pem = os.environ.get(_KEY, "").replace("\\n", "\n") if key is None else lti_keys.read_key(key)  # as CI's secrets go
    if not pem:
        raise CourseError(f"There is no key. Name its file with --key, or put it into ${_KEY}.")
    if key is not None and lti_keys.others_can_read(key):
        errors.print(f"Others on this machine may read the key: chmod 600 {key}", markup=False)
    return Registration(token_url, client_id, pem, key_id or lti_keys.key_id(pem), audience, deployment_id)


def _send(name: str, planned: Plan, sending: Sending, quiet: bool) -> int:
    from autograder.cli.commands import errors
    from autograder.cli.progress import bar

    outcomes: list[Outcome] = []
    try:
        with bar(errors) as progress:
            task = progress.add_task("sending", total=len(planned.postings), note="", visible=not quiet)
            for each in sending.send(planned):
                outcomes.append(each)
                progress.update(task, advance=1)
    finally:
        _tell_end(name, planned, outcomes, quiet)
    accepted = sum(not each.why for each in outcomes)
    return OK if accepted == len(planned.postings) and not planned.left_out else NOT_SENT


def _tell_plan(name: str, planned: Plan, quiet: bool) -> None:
    from autograder.cli.commands import errors
    from autograder.cli.exporting import listed, print_rows
    from autograder.report.formats.screen import counted, printable

    print_rows("not sent", ("who", "why"), planned.left_out)
    if quiet:
        return
    pending = [each.student for each in planned.postings if "scoreGiven" not in each.body]
    for state, students in planned.unsent.items():
        errors.print(printable(f"{name}: nothing to send of {listed(students)}: {state.value}."))
    if pending:
        errors.print(printable(f"{name}: sent as pending, without a score, as staff should see it: {listed(pending)}."))
    what = counted(len(planned.postings), "score")
    errors.print(f"{name}: {what} to send; {planned.same:,} the platform has already.")


def _tell_end(name: str, planned: Plan, outcomes: Sequence[Outcome], quiet: bool) -> None:
    from autograder.cli.commands import errors
    from autograder.cli.exporting import print_rows
    from autograder.report.formats.screen import counted

    refused = [(each.posting.student, each.why) for each in outcomes if each.why]
    print_rows("not sent", ("who", "why"), refused)
    accepted = len(outcomes) - len(refused)
    left = len(planned.postings) - len(outcomes)
    if not quiet or left:
        end = f"; {left:,} not tried: the same command goes on from there" if left else ""
        errors.print(f"{name}: {counted(accepted, 'score')} sent, {len(refused):,} not{end}.")


def register(app: typer.Typer) -> None:
    """Adds the commands to `autograder`."""
    app.command(short_help="Send marks to a learning platform: LTI 1.3.", epilog=EPILOG)(send_scores)
    app.command(short_help="List a course's line items: LTI 1.3.", epilog=ITEMS_EPILOG)(lti_line_items)
    app.command(short_help="Make a key for a learning platform.", epilog=KEY_EPILOG)(lti_key)
