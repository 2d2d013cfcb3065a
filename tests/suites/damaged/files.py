"""Damage to the file and to the folder that is handed in: encodings, other formats, names, links, archives."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import os
import zipfile
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from helpers import RIGHT, cell_of, write_notebook

from damaged.case import UNREADABLE, right, right_bytes, stub, to_bytes, to_folder, untouched

CUT_OFF = "tiny.ipynb is not a notebook, or is damaged or cut off. Open it in Jupyter, save it, hand it in again."
NO_CELLS = "tiny.ipynb is not a notebook: it has no cells."
OTHER = (
    "tiny.ipynb is not the notebook of tiny: none of its exercises is in it. Hand in the notebook that you were given."
)
EMPTY = "tiny.ipynb is empty. Save the notebook and hand it in again."
ARCHIVE = "{} is an archive, not a notebook. Unpack it, and hand in the notebook itself."
PAGE = "{} is a page to look at, not a notebook. Hand in the notebook that it was made from."
NO_NOTEBOOK = "There is no notebook in what you handed in; it should be called tiny.ipynb."
NO_FILE = "tiny.ipynb is not an ordinary file."
MISSING = "tiny.ipynb was missing; {} was graded instead"
NO_WORK = "tiny.ipynb had no work in it; {} was graded instead (2 notebooks were handed in)."
ENCODING = "The file was saved as {}, not plain UTF-8."
TEXT = "It is written in {}, not saved as a notebook (.ipynb); its cells were judged."
SCRIPT = "It is a script, not a notebook; its code was judged."
LEFT_OUT = "Something followed the notebook in its file; it was left out."


def other() -> Any:
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x = 1")])


def zipped() -> bytes:
    """An archive with the notebook in it, and with members that would land elsewhere."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in ("tiny.ipynb", "../../../escaped.ipynb", "/escaped.ipynb"):
            archive.writestr(name, right_bytes())
    return file.getvalue()


# Encodings


@to_bytes(ENCODING.format("utf-8-sig"))
def byte_order_mark(raw: bytes) -> bytes:
    return b"\xef\xbb\xbf" + raw


@to_bytes(ENCODING.format("utf-16-le"))
def utf_16_without_mark(raw: bytes) -> bytes:
    return raw.decode().encode("utf-16-le")


@to_bytes(ENCODING.format("utf-16-be"))
def utf_16_of_the_other_order(raw: bytes) -> bytes:
    return raw.decode().encode("utf-16-be")


@to_bytes(ENCODING.format("utf-32"))
def utf_32(raw: bytes) -> bytes:
    return raw.decode().encode("utf-32")


@to_bytes("Some characters of the file were damaged; they were replaced.")
def one_bad_byte(raw: bytes) -> bytes:
    return raw.replace(b"# Tiny", b"# Tin\xff")


@to_bytes()
def file_with_line_ends_of_windows(raw: bytes) -> bytes:
    return raw.replace(b"\n", b"\r\n")


@to_bytes()
def letters_as_escapes(raw: bytes) -> bytes:
    return json.dumps(json.loads(raw)).encode()


# JSON that is not quite what it should be


@to_bytes(LEFT_OUT)
def end_of_an_older_version_behind_it(raw: bytes) -> bytes:
    return raw + raw[-500:]


@to_bytes()
def padded_with_zeros(raw: bytes) -> bytes:
    return raw + b"\0" * 4096


@to_bytes()
def keys_twice(raw: bytes) -> bytes:
    return raw.replace(b"{", b'{"cells": [], "source": "1/0", ', 1).replace(b'"source": ', b'"source": "", "source": ')


@to_bytes()
def line_ends_within_texts(raw: bytes) -> bytes:
    return raw.replace(b"\\n", b"\n").replace(b"\\t", b"\t")


@to_bytes(CUT_OFF, points=UNREADABLE)
def one_comma_too_many(raw: bytes) -> bytes:
    return raw.replace(b"\n ]", b",\n ]")


@to_bytes(CUT_OFF, points=UNREADABLE)
def cut_off_at_the_first_bracket(raw: bytes) -> bytes:
    return raw[:1]


@to_bytes(CUT_OFF, points=UNREADABLE)
def cut_off_near_the_end(raw: bytes) -> bytes:
    return raw[:-3]


@to_bytes(CUT_OFF, points=UNREADABLE)
def brackets_without_end(_: bytes) -> bytes:
    return b'{"cells":' + b"[" * 100_000


@to_bytes(CUT_OFF, points=UNREADABLE)
def brackets_that_close_again(_: bytes) -> bytes:
    return b'{"cells":' + b"[" * 100_000 + b"]" * 100_000 + b"}"


@to_bytes(CUT_OFF, points=UNREADABLE)
def binary(_: bytes) -> bytes:
    return bytes(range(256)) * 20


@to_bytes(CUT_OFF, points=UNREADABLE)
def half_a_surrogate_in_utf_16(_: bytes) -> bytes:
    return b"\xff\xfe\x00\xd8{"


@to_bytes(CUT_OFF, points=UNREADABLE)
def plain_words(_: bytes) -> bytes:
    return b"I could not open the notebook, sorry. My code is: return 2 * x"


@to_bytes(NO_CELLS, points=UNREADABLE)
def a_number(_: bytes) -> bytes:
    return b"42"


@to_bytes(NO_CELLS, points=UNREADABLE)
def an_endless_number(_: bytes) -> bytes:
    return b'{"nbformat": ' + b"9" * 10_000 + b"}"


@to_bytes(NO_CELLS, points=UNREADABLE)
def a_list_of_notebooks(raw: bytes) -> bytes:
    return b"[" + raw + b"]"


@to_bytes(NO_CELLS, points=UNREADABLE)
def cells_as_text(raw: bytes) -> bytes:
    return json.dumps({**json.loads(raw), "cells": raw.decode()}).encode()


@to_bytes(OTHER, points=UNREADABLE)
def odd_cells(_: bytes) -> bytes:
    return b'{"cells": [1, null, "x", {}], "worksheets": [1, {"cells": 5}]}'


@to_bytes(EMPTY, points=UNREADABLE)
def an_empty_file(_: bytes) -> bytes:
    return b""


@to_bytes(EMPTY, points=UNREADABLE)
def nothing_but_zeros(_: bytes) -> bytes:
    return b"\0" * 4096 + b" \n"


@to_bytes(OTHER, points=UNREADABLE)
def another_notebook(_: bytes) -> bytes:
    return nbformat.writes(other()).encode()


@to_bytes(OTHER, points=UNREADABLE)
def the_notebook_of_another_assignment(_: bytes) -> bytes:
    notebook = right()
    notebook.cells = [cell_of(notebook, "setup")]  # they often have some names in common
    return nbformat.writes(notebook).encode()


@to_folder("tiny.ipynb has 21 MB, not counting its outputs; at most 20 MB can be graded.", points=UNREADABLE)
def too_large_a_file(folder: Path) -> None:
    with (folder / "tiny.ipynb").open("wb") as file:
        file.truncate((20 << 20) + 1)


@to_folder("tiny.ipynb has 257 MB; at most 256 MB can be graded. Clear its outputs", points=UNREADABLE)
def far_too_large_a_file(folder: Path) -> None:
    with (folder / "tiny.ipynb").open("wb") as file:
        file.truncate((256 << 20) + 1)


@to_folder()
def pictures_of_60_mb(folder: Path) -> None:
    notebook = right()
    cell_of(notebook, "double").outputs = [{"output_type": "display_data", "data": {"image/png": "A" * (60 << 20)}}]
    (folder / "tiny.ipynb").write_text(json.dumps(notebook))


@to_folder()
def a_plot_of_a_million_points(folder: Path) -> None:
    notebook = right()
    plot = {"data": [{"z": [[0.5, {"x": 1}]] * 1_000_000}]}
    cell_of(notebook, "double").outputs = [{"output_type": "display_data", "data": {"application/json": plot}}]
    (folder / "tiny.ipynb").write_text(json.dumps(notebook))


@to_folder("tiny.ipynb has too much in it to be graded.", points=UNREADABLE)
def outputs_that_nest_without_end(folder: Path) -> None:
    (folder / "tiny.ipynb").write_text('{"cells": [{"outputs": [' + "[" * (2 << 20))


# Written as text


@to_folder(MISSING.format("tiny.md"), TEXT.format("Markdown"))
def saved_as_markdown(folder: Path) -> None:
    (folder / "tiny.md").write_text(jupytext.writes(right(), "md"))


@to_folder(MISSING.format("tiny.md"), TEXT.format("MyST Markdown"))
def saved_as_myst(folder: Path) -> None:
    (folder / "tiny.md").write_text(jupytext.writes(right(), "md:myst"))


@to_folder(MISSING.format("tiny.Rmd"), TEXT.format("R Markdown"))
def saved_as_r_markdown(folder: Path) -> None:
    (folder / "tiny.Rmd").write_text(jupytext.writes(right(), "Rmd"))


@to_folder(f"{NO_NOTEBOOK} README.md is a text without any cell of Python code.", points=UNREADABLE)
def a_readme_alone(folder: Path) -> None:
    (folder / "README.md").write_text("# Tiny\n\nThis is my work.\n")


# Files beside it


@to_folder("data.bin (17 MB) was left out: a file beside the notebook may have 5 MB.")
def a_large_file_beside_it(folder: Path) -> None:
    write_notebook(folder / "tiny.ipynb", right())
    with (folder / "data.bin").open("wb") as file:
        file.truncate(17 << 20)


@to_folder("50.txt (1 KB) was left out: only", "51.txt", "52.txt", "And 7 more files were left out.")
def many_files_beside_it(folder: Path) -> None:
    write_notebook(folder / "tiny.ipynb", right())
    for number in range(60):
        (folder / f"{number:02}.txt").write_text("")


# Not a notebook at all


@to_bytes(SCRIPT, ...)
def script_with_the_name_of_a_notebook(_: bytes) -> bytes:
    return "\r\n".join(["# é", "import torch", *RIGHT.values()]).replace("\n", "\r\n").encode()


@to_folder(MISSING.format("answers.py"), SCRIPT, ...)
def script_with_marks_of_cells(folder: Path) -> None:
    parts = ["import torch", "1 / 0", *RIGHT.values()]
    (folder / "answers.py").write_text("\n\n# %% a cell\n".join(parts))
    (folder / "numbers.csv").write_text("99")


@to_folder(f"{NO_NOTEBOOK} helper.py is not the notebook of tiny", points=UNREADABLE)
def script_about_something_else(folder: Path) -> None:
    (folder / "helper.py").write_text("def something_else(x):\n    return x\n")


@to_folder(MISSING.format("tiny.ipynb.txt"))
def ending_added_by_a_browser(folder: Path) -> None:
    (folder / "tiny.ipynb.txt").write_bytes(right_bytes())


@to_bytes(ARCHIVE.format("tiny.ipynb"), points=UNREADABLE)
def zip_file(_: bytes) -> bytes:
    return zipped()


@to_bytes(ARCHIVE.format("tiny.ipynb"), points=UNREADABLE)
def gzip_file(raw: bytes) -> bytes:
    return gzip.compress(raw)


@to_bytes(ARCHIVE.format("tiny.ipynb"), points=UNREADABLE)
def bzip2_file(raw: bytes) -> bytes:
    return bz2.compress(raw)


@to_folder(f"{NO_NOTEBOOK} {ARCHIVE.format('tiny.zip')}", points=UNREADABLE)
def zip_file_beside_a_time_stamp(folder: Path) -> None:
    (folder / "tiny.zip").write_bytes(zipped())
    (folder / "timestamp.txt").write_text("2030-02-03 14:00:00 UTC")


@to_folder(f"{NO_NOTEBOOK} {PAGE.format('tiny.pdf')}", points=UNREADABLE)
def pdf_file(folder: Path) -> None:
    (folder / "tiny.pdf").write_bytes(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n")


@to_folder(f"{NO_NOTEBOOK} {PAGE.format('tiny.html')}", points=UNREADABLE)
def web_page(folder: Path) -> None:
    script = "<script type='module'>\nimport mermaid from 'mermaid';\n</script>"
    (folder / "tiny.html").write_text(f"<!DOCTYPE html>\n<html><head>{script}</head></html>")


# Names and folders


@to_folder(MISSING.format("tiny (1).ipynb"))
def downloaded_twice(folder: Path) -> None:
    write_notebook(folder / "tiny (1).ipynb", right())


@to_folder(MISSING.format("tiny-Copy1.ipynb"))
def copied_in_jupyter(folder: Path) -> None:
    write_notebook(folder / "tiny-Copy1.ipynb", right())


@to_folder(MISSING.format("Tiny.IPYNB"))
def capital_letters(folder: Path) -> None:
    write_notebook(folder / "Tiny.IPYNB", right())


@to_folder(MISSING.format("sub/dir/tiny.ipynb"))
def nested_folders(folder: Path) -> None:
    write_notebook(folder / "sub" / "dir" / "tiny.ipynb", right())


@to_folder(MISSING.format("�[red]�.ipynb"))
def name_of_odd_bytes(folder: Path) -> None:
    write_notebook(Path(os.fsdecode(os.fsencode(folder) + b"/\xff[red]\n.ipynb")), right())


@to_folder("�[b]�.ipynb is empty.", points=UNREADABLE)
def empty_file_with_a_name_of_odd_bytes(folder: Path) -> None:
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff[b]\n.ipynb")).write_text("")


@to_folder()
def checkpoint_beside_it(folder: Path) -> None:
    write_notebook(folder / "tiny.ipynb", right())
    write_notebook(folder / ".ipynb_checkpoints" / "tiny-checkpoint.ipynb", untouched())
    write_notebook(folder / "__MACOSX" / "._tiny.ipynb", untouched())


@to_folder("tiny.ipynb was graded (2 notebooks were handed in).", points=(4, 0, 0))
def two_notebooks_with_work(folder: Path) -> None:
    notebook = untouched()
    cell_of(notebook, "double").source = RIGHT["double"]
    write_notebook(folder / "tiny.ipynb", notebook)
    write_notebook(folder / "copy.ipynb", right())


@to_folder("tiny.ipynb was graded (2 notebooks were handed in).", points=(0, 0, 0))
def two_notebooks_without_work(folder: Path) -> None:
    write_notebook(folder / "tiny.ipynb", untouched())
    write_notebook(folder / "other.ipynb", other())


@to_folder(NO_WORK.format("tiny-Copy1.ipynb"))
def work_in_a_copy(folder: Path) -> None:
    write_notebook(folder / "tiny.ipynb", untouched())
    write_notebook(folder / "tiny-Copy1.ipynb", right())


@to_folder("tiny.ipynb could not be judged; mine.ipynb was graded instead (2 notebooks were handed in).")
def right_name_on_a_file_that_is_cut_off(folder: Path) -> None:
    (folder / "tiny.ipynb").write_bytes(right_bytes()[:300])
    write_notebook(folder / "mine.ipynb", right())


@to_folder(MISSING.format("mine.ipynb") + " (2 notebooks were handed in).")
def two_other_names(folder: Path) -> None:
    write_notebook(folder / "a-small-one.ipynb", other())
    write_notebook(folder / "mine.ipynb", right())


@to_folder(MISSING.format("sub/tiny.ipynb") + " (2 notebooks were handed in).")
def right_name_in_a_folder(folder: Path) -> None:
    write_notebook(folder / "sub" / "tiny.ipynb", right())
    (folder / "big.ipynb").write_bytes(right_bytes() + b" " * 1000)


@to_folder("The cell double was there 2 times; the last one with work in it counts.")
def solution_imported_from_a_file(folder: Path) -> None:
    notebook = right()
    cell_of(notebook, "double").source = "from helper import double"
    notebook.cells.append(nbformat.from_dict({**cell_of(notebook, "double"), "source": stub("double"), "id": "copy"}))
    write_notebook(folder / "tiny.ipynb", notebook)
    (folder / "helper.py").write_text("def double(x):\n    return x + x\n")


@to_folder(NO_NOTEBOOK, points=UNREADABLE)
def an_empty_folder(_: Path) -> None:
    pass


@to_folder(NO_NOTEBOOK, points=UNREADABLE)
def hidden_files_only(folder: Path) -> None:
    write_notebook(folder / ".tiny.ipynb", right())
    write_notebook(folder / "__pycache__" / "tiny.ipynb", right())


@to_folder(NO_NOTEBOOK, points=UNREADABLE)
def nothing_but_what_was_given(folder: Path) -> None:
    (folder / "numbers.csv").write_text("1\n2\n3\n4\n")


@to_folder(NO_NOTEBOOK, points=UNREADABLE)
def deeper_than_a_path_may_be_long(folder: Path) -> None:
    here = os.open(folder, os.O_RDONLY)
    for _ in range(30):
        os.mkdir("d" * 200, dir_fd=here)
        here, before = os.open("d" * 200, os.O_RDONLY, dir_fd=here), here
        os.close(before)
    os.close(os.open("tiny.ipynb", os.O_CREAT, dir_fd=here))
    os.close(here)


@to_folder(NO_FILE, points=UNREADABLE)
def a_link(folder: Path) -> None:
    write_notebook(folder.parent / "elsewhere.ipynb", right())
    (folder / "tiny.ipynb").symlink_to(folder.parent / "elsewhere.ipynb")


@to_folder(NO_FILE, points=UNREADABLE)
def a_link_to_a_device(folder: Path) -> None:
    (folder / "tiny.ipynb").symlink_to("/dev/zero")


@to_folder(NO_FILE, points=UNREADABLE)
def a_pipe(folder: Path) -> None:
    os.mkfifo(folder / "tiny.ipynb")


@to_folder(NO_FILE, points=UNREADABLE)
def a_folder_with_the_name_of_the_notebook(folder: Path) -> None:
    (folder / "tiny.ipynb").mkdir()
