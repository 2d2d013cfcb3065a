"""What Classroom 50 accepts, in our own words: its `result.json` and its `scores.json`.

Facts of `schemas/result-v1.schema.json` and `scores-v1.schema.json` of https://github.com/foundation50/classroom50, and
of what its runner looks for besides (`validate_result`).
"""

from __future__ import annotations

from typing import Any

_TEXT = {"type": "string", "minLength": 1}
_POINTS = {"type": "integer", "minimum": 0}
_MOMENT = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}T([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$"}
_TEST = {
    "type": "object",
    "required": ["test-name", "passed", "score", "max-score"],
    "properties": {"test-name": _TEXT, "passed": {"type": "boolean"}, "score": _POINTS, "max-score": _POINTS},
}
_FIELDS: dict[str, Any] = {
    "schema": {"const": "classroom50/result/v1"},
    "classroom": _TEXT,
    "assignment_type": {"enum": ["individual", "group", "team"]},
    "owner": _TEXT,
    "submission": {"type": "string", "pattern": "^submit/"},
    "commit": _TEXT,
    "release": _TEXT,
    "review": _TEXT,
    "datetime": _MOMENT,
    "score": _POINTS,
    "max-score": _POINTS,
    "tests": {"type": "array", "items": _TEST},
}
_MAY_BE = {"graded_at": _MOMENT, "submitted_by": {"type": "object", "required": ["username"]}}

RESULT: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["assignment", *_FIELDS],
    "properties": {"assignment": _TEXT} | _FIELDS | _MAY_BE,
}
_RECORD = {"type": "object", "required": list(_FIELDS), "properties": _FIELDS | _MAY_BE | {"late": {"type": "boolean"}}}
_ENTRY = {
    "type": "object",
    "required": ["owner", "submissions"],
    "properties": {
        "owner": _TEXT,
        "submissions": {"type": "array", "minItems": 1, "items": _RECORD},
        "override": {"type": "boolean"},
    },
}
_BUCKET = {
    "type": "object",
    "additionalProperties": False,
    "required": ["type", "entries"],
    "properties": {
        "type": _FIELDS["assignment_type"],
        "entries": {"type": "array", "items": _ENTRY},
        "collected_at": _MOMENT,
    },
}
SCORES: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["schema", "assignments"],
    "properties": {
        "schema": {"const": "classroom50/scores/v1"},
        "assignments": {
            "type": "object",
            "propertyNames": {"pattern": "^[a-z0-9][a-z0-9-]{1,99}$"},
            "additionalProperties": _BUCKET,
        },
    },
}


def assert_adds_up(result: dict[str, Any]) -> None:
    """What a schema can't say: no score is beyond its maximum."""
    for each in (result, *result["tests"]):
        assert each["score"] <= each["max-score"], each
