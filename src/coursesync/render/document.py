"""What can be rendered, and how it should look."""

from __future__ import annotations

from dataclasses import dataclass

from coursesync.diagnostics import Diagnostic
from coursesync.model import Drift, Plan, Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Problems:
    """What was found wrong with manifests; under `strict` a warning makes them invalid too."""

    diagnostics: tuple[Diagnostic, ...]
    strict: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How much is shown and how.

    width: columns of the page. colour: whether ANSI colours may be used. verbose: everything, with the exact
    requests. quiet: the closing line and the errors only.
    """

    width: int = 80
    colour: bool = False
    verbose: bool = False
    quiet: bool = False


Document = Plan | Report | Drift | Problems
