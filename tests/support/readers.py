"""A class that tries to run something in front of whoever reads it. Whatever gets through sets `window.pwned`."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import nbformat
from helpers import RIGHT, cell_of, hand_in, notebook_of

from autograder.course.assignment import Assignment

RUN = "window.pwned=1"
IMAGE = f"<img src=x onerror={RUN}>"
EVIL = f"{IMAGE}<script>{RUN}</script>"
STRANGER = "http://stranger.example"
CONFIG = "/formgrader?path=submitted/student-002/tiny"  # where student-002 handed in a configuration file

# Names of folders can't have a slash in them.
IDS = (IMAGE, f'"><img src=x onerror={RUN}>', f'";{RUN};"', f"';{RUN};'", "=1+1", f"{IMAGE}\\..\\%31?x#{{{{1}}}}")
LINKS = (
    f"[click](javascript:{RUN})",
    f"[click](JavaScript&#58;{RUN})",
    f"[click](files/javascript:{RUN})",
    f"[click](data:text/html,<script>{RUN}</script>)",
    f"<javascript:{RUN}//click>",
    f"[click][there]\n\n[there]: javascript:{RUN}",
    f"<a href='javascript:{RUN}'>click</a>",
    f"<a href='https://example.org' onclick='{RUN}'>fine</a>",
    f"[click]({CONFIG})",
    "[click](evil.html)",
    f"$\\href{{javascript:{RUN}}}{{x}}$",
)
PICTURES = (
    f"![plot]({STRANGER}/markdown.png)",
    f"<img src='{STRANGER}/html.png'>",
    f"<img src=x srcset='{STRANGER}/set.png 2x' onerror='{RUN}'>",
    f"![plot]({CONFIG})",
    "![pasted](attachment:gone.png)",
    f"<div style='background: url({STRANGER}/style.png)'>x</div>",
    f"<video poster='{STRANGER}/poster.png'></video>",
)
BLOCKS = (
    EVIL,
    "<style>.panel, #toc { display: none }</style>",
    f"<base href='{STRANGER}/'>",
    f"<meta http-equiv='refresh' content='0;url={STRANGER}/'>",
    f"<form action='{STRANGER}/'><button>click</button></form>",
    f"<iframe srcdoc='<script>parent.{RUN}</script>'></iframe>",
    f"<svg onload='{RUN}'><script>{RUN}</script></svg>",
    f"<math><mtext><img src=x onerror={RUN}></mtext></math>",
    f"```mermaid\n{EVIL}\n```",
    # Things that pretend to be parts of the page.
    "<div class='navbar-fixed-top' id='notebook'>Score: 20 / 20</div></div></div></div>",
    "# test_double\n\n<a id='test_double' name='test_double'></a><details><summary>never closed",
)
CODE = f"""\
from IPython.display import HTML, Javascript, Latex, Markdown, SVG, display
display(HTML({EVIL!r}), Markdown({EVIL!r}), Markdown({LINKS[0]!r}), Latex({EVIL!r}), Javascript({RUN!r}))
display({{"image/svg+xml": "<svg onload='{RUN}'></svg>", "text/html": {EVIL!r}}}, raw=True)
display({{"text/html": {EVIL!r}}}, raw=True, metadata={{"text/html": {{"isolated": True}}}})
display({{"image/png": "AAAA\\" onerror={RUN} x=\\"", "text/plain": {EVIL!r}}}, raw=True)
print("\\x1b[31m" + {EVIL!r} + "\\x1b[0m \\x1b[1;{IMAGE}m")
raise ValueError("\\x1b[31m" + {EVIL!r})"""


def hostile_notebook(assignment: Assignment) -> Any:
    """Right in its last exercise only, and evil in every place that a page might show."""
    wrong = {
        **RIGHT,
        "double": f"def double(x):\n    raise ValueError({EVIL!r})",
        "mean_of": "def mean_of(x):\n    return x.sum().item()",
    }
    notebook = notebook_of(assignment, wrong, extra={"test_double": CODE})
    notebook.cells += [nbformat.v4.new_markdown_cell(each) for each in (*LINKS, *PICTURES, *BLOCKS)]
    notebook.cells.append(nbformat.v4.new_raw_cell(EVIL, metadata={"raw_mimetype": "text/html"}))
    for number, cell in enumerate(notebook.cells):
        cell.id = f'"><img src=x onerror={RUN}> {number}'
        cell.metadata.update(tags=[EVIL], name=EVIL)
        cell.attachments = {"plot.png": {EVIL: EVIL}}
    cell_of(notebook, "test_mean_of").metadata.nbgrader.grade_id = f'test_mean_of"><img src=x onerror={RUN}>'
    evil_language = {"name": EVIL, "pygments_lexer": EVIL, "mimetype": EVIL, "file_extension": EVIL}
    notebook.metadata = nbformat.from_dict(
        {
            "title": EVIL,
            "authors": [{"name": EVIL}],
            "language_info": evil_language,
            "kernelspec": {"display_name": EVIL, "name": EVIL, "language": EVIL},
            "widgets": {"application/vnd.jupyter.widget-state+json": {"state": {EVIL: EVIL}}},
        }
    )
    return notebook


def honest_notebook(assignment: Assignment) -> Any:
    """All right, with a text such as students write."""
    notebook = notebook_of(assignment, RIGHT)
    text = (
        "## Notes\n\nAs $a < b$, [this](https://example.org) holds.\n\n- [x] `double`\n\n```python\nx = 1\n```\n\n"
        "![pasted](attachment:image.png)\n\n<details><summary>more</summary>folded</details>"
    )
    notebook.cells.append(nbformat.v4.new_markdown_cell(text))
    return notebook


def hand_in_hostile_class(course: Path, assignment: Assignment) -> None:
    """Who is all right, who is evil in a notebook, in a name, or in a name of a file."""
    hand_in(course, "student-001", honest_notebook(assignment))
    evil = hand_in(course, "student-002", "").parent
    (evil / "tiny.ipynb").write_text(json.dumps(hostile_notebook(assignment)))
    (evil / "evil.html").write_text(f"<title>evil</title><script>document.title = 'pwned'; {RUN}</script>")
    (evil / "nbgrader_config.py").write_text("open('pwned', 'w')\n")
    (evil / "timestamp.txt").write_text("tomorrow\n")
    for student in IDS:
        hand_in(course, student, notebook_of(assignment))
    renamed = hand_in(course, "renamed", notebook_of(assignment, RIGHT))
    renamed.rename(renamed.with_name(f"\x1b[31m{IMAGE} [click](javascript:{RUN}) `x`\n\n# Score.ipynb"))
    unread = hand_in(course, "unreadable", "this is no notebook")
    unread.rename(unread.with_name(f"\x1b[31m{IMAGE} [click](javascript:{RUN})\n\n# Score.ipynb"))
    for name in ("two\nlines", "\x1b[31mred", os.fsdecode(b"caf\xe9"), "x" * 129, " student-001"):
        hand_in(course, name, notebook_of(assignment))


def name_the_students(course: Path) -> None:
    """Names as students may have put them into a form, and a comment by staff."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{course}/gradebook.db", "deep-learning-basics") as gradebook:
        gradebook.update_or_create_student(
            "student-001", first_name='Ann "Ay", B.', last_name="=1+1", email="a@b.example"
        )
        gradebook.update_or_create_student("student-002", first_name=EVIL, last_name=f"'{EVIL}", email="@SUM(1)")
        gradebook.update_or_create_student("renamed", first_name="-12.5", last_name="+\u0661\tx", email="\t=1")
        for comment in gradebook.find_submission_notebook("tiny", "tiny", "student-002").comments:
            comment.manual_comment = f"Look: {EVIL} {LINKS[0]}"
        gradebook.db.commit()
