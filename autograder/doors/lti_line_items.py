"""The line items of a course on a learning platform: what its columns are called, and where scores for them are sent.

The contract is that of https://www.imsglobal.org/spec/lti-ags/v2p0 (line item service).
"""

from __future__ import annotations

from dataclasses import dataclass

from autograder.course.errors import CourseError
from autograder.doors.lti_client import Client, Unreachable, json_of

SCOPE = "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem.readonly"
_MEDIA_TYPE = "application/vnd.ims.lis.v2.lineitemcontainer+json"
_MOST = 200


@dataclass(frozen=True)
class LineItem:
    """A column of a platform's gradebook: its address, what it is called there, and its points."""

    url: str
    label: str
    max_points: str


def line_items(client: Client, url: str) -> list[LineItem]:
    """The line items that are listed at an address, at most 200; without what has no address.

    Raises:
        CourseError: the platform does not answer, or with something else.
    """
    try:
        answer = client.get(url, _MEDIA_TYPE)
    except Unreachable as error:
        raise CourseError(f"The platform did not answer: {error}.") from None
    found = json_of(answer.body)
    if answer.status != 200 or not isinstance(found, list):
        raise CourseError(
            f"There is no list of line items (HTTP {answer.status}). Is this the address of a course's line items, and "
            "may this client see them?"
        )
    rows = [each for each in found[:_MOST] if isinstance(each, dict) and isinstance(each.get("id"), str)]
    return [LineItem(each["id"], str(each.get("label", "")), str(each.get("scoreMaximum", ""))) for each in rows]
