"""Every sample in every format is as its golden file says; `pytest --update` rewrites them."""

from __future__ import annotations

from pathlib import Path

import pytest

from coursesync import __version__
from coursesync.render import RENDERERS, Look
from tests.render.fleet import FLEETS
from tests.render.samples import SAMPLES

GOLDEN = Path(__file__).parent / "golden"
ENDINGS = {"text": "txt", "json": "json", "markdown": "md", "junit": "xml", "sarif": "sarif"}
LOOKS = {
    "narrow": ("plan-varied", "text", Look(width=50)),
    "wide": ("report-mixed", "text", Look(width=160)),
    "colour": ("plan-varied", "text", Look(colour=True)),
    "verbose": ("plan-varied", "text", Look(verbose=True)),
    "verbose-report": ("report-mixed", "text", Look(verbose=True)),
    "verbose-comment": ("plan-varied", "markdown", Look(verbose=True)),
    "quiet": ("plan-errored", "text", Look(quiet=True)),
    "quiet-report": ("report-mixed", "text", Look(quiet=True)),
    "quiet-problems": ("problems", "text", Look(quiet=True)),
    "fleet": ("plan-fleet", "text", Look()),
    "fleet-narrow": ("plan-fleet", "text", Look(width=50)),
    "fleet-verbose": ("plan-fleet", "text", Look(verbose=True)),
    "fleet-quiet": ("plan-fleet", "text", Look(quiet=True)),
    "fleet-comment": ("plan-fleet", "markdown", Look()),
    "fleet-report": ("report-fleet", "text", Look()),
    "fleet-report-quiet": ("report-fleet", "text", Look(quiet=True)),
    "fleet-report-comment": ("report-fleet", "markdown", Look()),
    "drift-narrow": ("drift-varied", "text", Look(width=50)),
    "drift-colour": ("drift-varied", "text", Look(colour=True)),
    "drift-verbose": ("drift-varied", "text", Look(verbose=True)),
    "drift-quiet": ("drift-errored", "text", Look(quiet=True)),
    "drift-coverage-verbose": ("drift-coverage", "text", Look(verbose=True)),
    "drift-coverage-comment": ("drift-coverage", "markdown", Look(verbose=True)),
    "drift-fleet": ("drift-fleet", "text", Look()),
    "drift-fleet-comment": ("drift-fleet", "markdown", Look()),
}


def _agrees(name: str, text: str, *, update: bool) -> None:
    path = GOLDEN / name
    # The version is another one with each release.
    text = text.replace(f'"version": "{__version__}",', '"version": "0.1.0",')
    if update:
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8"), f"{name} is another; see pytest --update"


def test_every_format_has_golden_files() -> None:
    # A page of HTML is tested by what a browser makes of it.
    assert set(ENDINGS) == set(RENDERERS) - {"html"}


@pytest.mark.parametrize("form", ENDINGS)
@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_looks_as_before(name: str, form: str, *, update: bool) -> None:
    _agrees(f"{name}.{ENDINGS[form]}", RENDERERS[form](SAMPLES[name], Look()), update=update)


@pytest.mark.parametrize("label", LOOKS)
def test_another_look_looks_as_before(label: str, *, update: bool) -> None:
    name, form, look = LOOKS[label]
    _agrees(f"look-{label}.{ENDINGS[form]}", RENDERERS[form]((SAMPLES | FLEETS)[name], look), update=update)


def test_no_golden_file_is_left_over() -> None:
    known = {f"{name}.{ending}" for name in SAMPLES for ending in ENDINGS.values()}
    known |= {f"look-{label}.{ENDINGS[form]}" for label, (_, form, _) in LOOKS.items()}
    assert {path.name for path in GOLDEN.iterdir()} == known
