"""The options that say how much one run may do, given to a command as `limits`."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import fields
from typing import Any, TypeVar

import click

from coursesync.manifest.limits import LIMITS
from coursesync.model.barriers import Limit, Limits

_Function = TypeVar("_Function", bound=Callable[..., Any])
# The most of a share, which is worth telling; that of a number is not.
_PERCENT = 100


def limit_options(function: _Function) -> _Function:
    """Add --max-courses, --max-changes, --max-per-field and --max-risky-percent.

    What is given overrules the project file, up and down; the limits that are not given are None.
    """

    @functools.wraps(function)
    def command(**values: Any) -> Any:
        given = {item.name: values.pop(f"max_{item.name}") for item in fields(Limits)}
        limits = {name: Limit(allowed=number) for name, number in given.items() if number is not None}
        return function(limits=Limits(**limits), **values)

    for name, key in reversed(tuple(LIMITS.items())):
        command = click.option(
            f"--max-{name.replace('_', '-')}",
            f"max_{name}",
            type=click.IntRange(0, key.most if key.most == _PERCENT else None),
            metavar="N",
            help=key.doc,
        )(command)
    return command  # type: ignore[return-value]
