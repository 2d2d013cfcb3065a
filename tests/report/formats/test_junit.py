"""JUnit XML: what programs read of it, names that differ, and nothing in it that a student wrote as XML."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from made_up_reports import HOSTILE, exercise, hostile, of_all_kinds, report_with, unreadable

from autograder.report.exercise_result import CheckResult, Verdict
from autograder.report.formats import FORMATS
from autograder.report.formats.handed_in_file import NO_FILE, HandedInFile
from autograder.report.formats.screen import Screen
from autograder.report.report import Report

# What may be in what, and the attributes that each must have and may have, as Jenkins and GitLab read it.
CHILDREN = {
    "testsuites": {"testsuite"},
    "testsuite": {"properties", "testcase"},
    "properties": {"property"},
    "property": set(),
    "testcase": {"properties", "failure", "error", "skipped"},
    "failure": set(),
    "error": set(),
    "skipped": set(),
}
ATTRIBUTES = {
    "testsuites": ({"name"}, set()),
    "testsuite": ({"name", "tests", "failures", "errors", "skipped", "time"}, set()),
    "properties": (set(), set()),
    "property": ({"name", "value"}, set()),
    "testcase": ({"classname", "name"}, {"file", "line"}),
    "failure": ({"message", "type"}, set()),
    "error": ({"message", "type"}, set()),
    "skipped": ({"message", "type"}, set()),
}


def check_schema(element: ElementTree.Element) -> None:
    must, may = ATTRIBUTES[element.tag]
    assert must <= set(element.attrib) <= must | may
    assert {each.tag for each in element} <= CHILDREN[element.tag]
    for each in element:
        check_schema(each)
    if element.tag == "testsuite":
        assert element[0].tag == "properties"
        for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(element.get(attribute, "")) == len(element.findall(f"testcase/{tag}"))
        assert int(element.get("tests", "")) == len(element.findall("testcase"))


def parsed(text: str) -> ElementTree.Element:
    assert text.startswith('<?xml version="1.0" encoding="utf-8"?>\n')
    root = ElementTree.fromstring(text.encode())
    assert root.tag == "testsuites"
    check_schema(root)
    keys = [
        f"{suite.get('name')}_{case.get('classname')}_{case.get('name')}"
        for suite in root
        for case in suite.iter("testcase")
    ]
    assert len(keys) == len(set(keys))  # GitLab puts the three together, and drops what it has already
    return root


def one(report: Report, file: HandedInFile = NO_FILE) -> ElementTree.Element:
    (suite,) = parsed(FORMATS["junit"].one(report, Screen(), file))
    return suite


def many(*reports: Report) -> ElementTree.Element:
    return parsed("".join(FORMATS["junit"].many(reports, Screen())))


def how(case: ElementTree.Element) -> str:
    return next((each.tag for each in case if each.tag != "properties"), "passed")


def properties(element: ElementTree.Element) -> dict[str, str]:
    return {each.get("name", ""): each.get("value", "") for each in element.findall("properties/property")}


def test_verdicts_become_test_cases_one_for_each_check_or_for_an_exercise_without_checks() -> None:
    suite = one(of_all_kinds())
    found = [(case.get("classname"), case.get("name"), how(case)) for case in suite.iter("testcase")]
    lead = "lab.student-001"
    assert found == [
        (f"{lead}.right", "right", "passed"),
        (f"{lead}.partly", "It gives a number.", "passed"),
        (f"{lead}.partly", "It works on any data.", "failure"),
        (f"{lead}.partly", "It works on any data. (2)", "skipped"),
        (f"{lead}.wrong", "wrong", "failure"),
        (f"{lead}.empty", "empty", "skipped"),
        (f"{lead}.ours", "It gives a number.", "error"),
        (f"{lead}.essay", "essay", "skipped"),
        (f"{lead}.marked", "marked", "skipped"),
        (f"{lead}.dropped", "dropped", "failure"),
    ]
    wrong = next(case for case in suite.iter("testcase") if case.get("name") == "wrong")
    assert wrong.find("failure").attrib == {"message": "That is the sum.", "type": "failed"}
    assert wrong.findtext("failure") == "That is the sum."  # which is what GitLab shows
    essay = next(case for case in suite.iter("testcase") if case.get("name") == "essay")
    assert essay.findtext("skipped") == "Staff will read this one and give its points."


def test_points_are_properties_of_the_suite_and_of_each_case() -> None:
    suite = one(of_all_kinds())
    told = properties(suite)
    assert (told["points"], told["max_points"], told["late_penalty"]) == ("19", "70", "1")
    assert (told["assignment"], told["student"], told["status"]) == ("lab", "student-001", "graded")
    partly = [properties(case) for case in suite.iter("testcase") if case.get("classname", "").endswith(".partly")]
    assert [(each["check"], each["points"], each["max_points"]) for each in partly] == [
        ("partly::test_a", "2", "2"),
        ("partly::test_b", "0", "6"),
        ("partly::test_c", "0", "2"),
    ]


def test_a_test_cell_with_partial_credit_has_its_share() -> None:
    check = CheckResult("f::test_f", "All of it.", Verdict.FAILED, 1.0, "Half.", share=0.25)
    (case,) = one(report_with(exercise("f", Verdict.FAILED, 2.5, checks=(check,)))).iter("testcase")
    assert (properties(case)["points"], properties(case)["max_points"]) == ("2.5", "10")


def test_what_cannot_be_read_does_not_pass() -> None:
    suite = one(unreadable())
    assert [how(case) for case in suite.iter("testcase")] == ["failure", "failure"]
    assert "lab.ipynb is empty" in suite.findtext("testcase/failure", "")


def test_cases_name_the_file_and_the_line_where_it_is_known() -> None:
    suite = one(of_all_kinds(), HandedInFile("week 1/lab.ipynb", {"wrong": 17}))
    cases = {case.get("classname", "").rpartition(".")[2]: case for case in suite.iter("testcase")}
    assert (cases["wrong"].get("file"), cases["wrong"].get("line")) == ("week 1/lab.ipynb", "17")
    assert (cases["right"].get("file"), cases["right"].get("line")) == ("week 1/lab.ipynb", None)


def test_a_class_has_a_suite_for_each_student_and_an_empty_one_is_a_document_too() -> None:
    assert [each.get("name") for each in many(of_all_kinds(), unreadable())] == ["lab.student-001", "lab.student-002"]
    assert list(many()) == []


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_text_and_makes_no_element(text: str) -> None:
    written = FORMATS["junit"].one(hostile(text), Screen(), HandedInFile(text, {text: 3}))
    assert len(written) < 60_000
    assert all(letter.isprintable() or letter == "\n" for letter in written)
    suite = parsed(written)[0]
    assert [how(case) for case in suite.iter("testcase")].count("passed") == 3  # one check each, and the last exercise
    assert len(list(suite.iter("testcase"))) == 12


def test_no_student_makes_another_one_s_cases_be_dropped() -> None:
    # Ids that come to the same once put together with what stands around them, or once cleaned.
    ids = ("a", "a_lab.a.f", "a.f_f", "x\x00", "x\x01", "x\ufffd", "y" * 500, "y" * 501)
    reports = [
        report_with(exercise("f", Verdict.FAILED), exercise("f_f", Verdict.PASSED, 10.0), student=each) for each in ids
    ]
    assert len(list(many(*reports).iter("testcase"))) == 2 * len(ids)


def test_nothing_for_staff_is_in_it() -> None:
    assert "secret" not in FORMATS["junit"].one(of_all_kinds(), Screen())
