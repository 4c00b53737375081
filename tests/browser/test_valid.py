"""The pages are valid HTML, as written and as their script leaves them, to the checker of the Nu project."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from coursesync.render import Document, Problems
from tests.browser import pages
from tests.browser.conftest import Open
from tests.render.samples import SAMPLES

pytestmark = pytest.mark.browser

CHECKER = Path(__file__).parents[2] / ".venv" / "vnu" / "package" / "build" / "dist" / "vnu.jar"


def errors(files: list[Path]) -> list[str]:
    """Return what the checker calls an error; as it knows no hashes, it warns of the policy."""
    assert CHECKER.exists(), "run it by make test-browser, which brings the checker"
    done = subprocess.run(
        ["java", "-jar", str(CHECKER), "--errors-only", "--format", "json", *map(str, files)],
        capture_output=True,
        text=True,
        check=False,
    )
    return [f"{each['url']}: {each['message']}" for each in json.loads(done.stderr)["messages"]]


def test_pages_are_valid_html(open_page: Open, written: Callable[[Document], Path], tmp_path: Path) -> None:
    documents = [pages.drift(30), pages.plan(30), pages.report(30), *SAMPLES.values()]
    files = [written(document) for document in documents]
    for number, view in enumerate(("#view=matrix", "#view=list", "#open=4005/settings.hide_final_grades")):
        for document in documents[:3]:
            page = open_page(document, view)
            files.append(tmp_path / f"{number}-{documents.index(document)}.html")
            files[-1].write_text(page.content(), "utf-8")
    files.append(written(Problems(diagnostics=pages.DIAGNOSTICS)))
    assert errors(files) == []
