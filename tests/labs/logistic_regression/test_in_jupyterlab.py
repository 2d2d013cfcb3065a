"""The lab in a real JupyterLab, in a real browser: half done, with mistakes, on a dark page."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from helpers import ROOT
from hosts import free_port

from autograder.course.loading import load_assignment
from autograder.course.marked_cells import grade_id

pytestmark = [pytest.mark.slow, pytest.mark.browser]

SETTINGS = {
    "apputils-extension/themes": {"theme": "JupyterLab Dark"},
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "notebook-extension/tracker": {"windowingMode": "none"},
}
ERRORS = "[data-mime-type='application/vnd.jupyter.stderr'], [data-mime-type='application/vnd.jupyter.error']"
CONTRAST = """box => {
    const parts = text => text.match(/[\\d.]+/g).map(Number);
    const linear = v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    const light = rgb => rgb.slice(0, 3).map(v => linear(v / 255))
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    let below = box;
    while (parts(getComputedStyle(below).backgroundColor)[3] === 0) below = below.parentElement;
    const [one, two] = [getComputedStyle(box).color, getComputedStyle(below).backgroundColor].map(parts).map(light);
    return (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
}"""
ANSWERS = {
    "element_loss": "def element_loss(h_i, y_i):\n    return -(y_i * torch.log(h_i) + (1 - y_i) * torch.log(1 - hi))\n",
    "batch_losses": "def batch_losses(h, y):\n    return -(y * torch.log(h) + (1 - y) * torch.log(1 - h))\n\n\n"
    "def cost(h, y):\n    return batch_losses(h, y).sum()\n",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A student's folder: two exercises right, two wrong, the rest as it was given, and a cell that is no Python."""
    folder = tmp_path_factory.mktemp("student") / "lab"
    shutil.copytree(ROOT / "release" / "logistic_regression", folder)
    path = folder / "logistic_regression.ipynb"
    notebook = nbformat.read(path, as_version=4)
    assignment = load_assignment(ROOT, "logistic_regression")
    answers = ANSWERS | {
        name: assignment.exercise(name).reference for name in ("hypothesis_exp", "hypothesis", "train")
    }
    for cell in notebook.cells:
        cell.source = answers.get(grade_id(cell) or "", cell.source)
    notebook.cells.append(nbformat.v4.new_code_cell("print((1, 2)", id="broken"))
    nbformat.write(notebook, path)
    return folder


@pytest.fixture(scope="module")
def address(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A JupyterLab over that folder."""
    home = tmp_path_factory.mktemp("home")
    for name, setting in SETTINGS.items():
        path = home / "lab" / "user-settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(setting))
    address = f"http://127.0.0.1:{(port := free_port())}"
    program = Path(sys.executable).with_name("jupyter")
    options = ["--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}", "--IdentityProvider.token="]
    environment = {**os.environ, "JUPYTER_CONFIG_DIR": str(home), "HOME": str(home)}
    with (home / "log").open("w") as log:
        server = subprocess.Popen([program, "lab", *options], cwd=folder, env=environment, stdout=log, stderr=log)
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(f"{address}/api", timeout=5).close()
                break
            except OSError:
                time.sleep(0.1)
        yield address
    finally:
        server.terminate()
        server.wait(20)


def run_all(page: Any) -> None:
    """Runs all cells once the kernel waits for them: what is asked before it is there asks which kernel to take."""
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=120_000)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()
    page.wait_for_selector(".jp-OutputArea-output >> text=/^PyTorch \\d/")


def test_half_a_lab_shows_boxes_and_pictures_and_no_traceback(browser: Any, address: str) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(60_000)
    page.goto(f"{address}/lab/tree/logistic_regression.ipynb?reset")
    page.wait_for_selector(".jp-Notebook .jp-CodeCell")
    run_all(page)
    page.wait_for_selector("text=Python can't read this cell yet.")
    assert page.locator(ERRORS).count() == 0

    def box(headline: str) -> Any:
        return page.locator(".jp-OutputArea-output div:has(> strong)", has_text=headline).first

    assert "1 of 9 exercises, 10 of 100 points; next: Exercise 2" in box("Exercise 1 is right").inner_text()
    misspelt = box("Exercise 3 is not right yet").inner_text()
    assert "NameError: name 'hi' is not defined, in line 2 of your cell: return -(y_i * torch.log(h_i)" in misspelt
    assert "Did you mean h_i?" in misspelt
    assert "Expected: one number, their mean 1.0337" in box("Exercise 4 is not right yet").inner_text()
    assert "Replace raise NotImplementedError()" in box("Exercise 5 is not written yet").inner_text()
    assert "It uses what you write in Exercise 5" in box("Exercise 6 waits for Exercise 5").inner_text()
    assert (
        "Exercise 7, Predictions and accuracy (10 points): not written yet"
        in box("○ 2 of 9 exercises, 20").inner_text()
    )
    assert box("This cell waits: Exercise 3 is not right yet.").count() == 1
    unread = box("Python can't read this cell yet.").inner_text()
    assert "Line 1: print((1, 2)" in unread
    assert "Each bracket needs its partner" in unread
    picture = page.locator("img[alt^='Your hypothesis over the sigmoid']")
    assert picture.evaluate("image => image.naturalWidth") >= 400
    assert page.evaluate(CONTRAST, box("Exercise 3 is not right yet").element_handle()) >= 4.5
    page.close()
