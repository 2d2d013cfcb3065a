"""Only tests at work are restrained, and only from what a student's values could do to the grader."""

from __future__ import annotations

import collections
import pickle
import subprocess

import pytest

from autograder.judge.stand_ins import restraint


def run_as_tests(source: str, **names: object) -> None:
    label = f"{restraint.LABEL}of {source[:10]}>"
    restraint.allow(label, source)
    exec(compile(source, label, "exec"), {"__name__": "__main__", **names})


PICKLED = pickle.dumps(collections.Counter("a"))


@pytest.mark.parametrize(
    "source",
    [
        "import pickle\npickle.loads(data)",
        "import io, pickle\npickle.Unpickler(io.BytesIO(data)).load()",
        "import io, pickle\npickle._Unpickler(io.BytesIO(data)).load()",
        "import pandas, io\npandas.read_pickle(io.BytesIO(data))",
        "eval(text)",
        "exec(text)",
        "compile(text, 'x', 'exec')",
        "import ast\nast.parse(text)",
        "import ast\nast.literal_eval(text)",
        "import os\nos.system('true')",
        "import os\nos.fork()",
        "import subprocess\nsubprocess.run(['true'])",
        "list(map(eval, [text]))",
    ],
)
def test_tests_can_t_run_what_they_are_given(source: str) -> None:
    with pytest.raises(restraint.ForbiddenError):
        run_as_tests(source, data=PICKLED, text="1 + 1")


def test_tests_can_run_their_own_text_and_use_libraries_that_make_code() -> None:
    run_as_tests("assert eval('1 + 1') == 2")
    run_as_tests("import dataclasses\nassert dataclasses.make_dataclass('D', ['a'])(1).a == 1")
    run_as_tests("import collections\nassert collections.namedtuple('P', 'x y')(1, 2).y == 2")
    run_as_tests("import pickle\nassert pickle.loads(pickle.dumps([1])) == [1]")


def test_the_grader_itself_is_not_restrained() -> None:
    restraint.allow("<tests of nothing>", "")
    assert pickle.loads(PICKLED) == {"a": 1}
    assert eval("1 + 1") == 2
    assert subprocess.run(["true"], check=False).returncode == 0


def test_what_the_grader_does_for_tests_is_not_restrained() -> None:
    def work() -> None:
        with restraint.lifted():
            pickle.loads(PICKLED)

    run_as_tests("work()", work=work)
