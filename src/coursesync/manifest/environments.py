"""What the project file says of each Canvas, and which of them a run is about."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from coursesync.catalogue.course import ACCOUNT
from coursesync.catalogue.names import Kind, id_or_name
from coursesync.catalogue.types import Flaw, Invalid, Node, closest, shown, source_text
from coursesync.diagnostics import Diagnostic, Position, problem
from coursesync.errors import UsageProblem
from coursesync.manifest.entries import Environment, Project
from coursesync.manifest.values import reference_schema
from coursesync.manifest.variables import fixed, no_variable

_PORT = "(:[1-9][0-9]{0,4})?"
_HOST = r"([A-Za-z0-9._-]+|\[[0-9a-fA-F:.]+\])"
# Without TLS only on this machine, or the token would travel unprotected.
_HERE = r"(localhost|127(\.[0-9]{1,3}){3}|\[::1\])"
_URL = f"(https://{_HOST}|http://{_HERE}){_PORT}/?"
_USUAL_PORT = re.compile("(?<=^https)(.*):443$|(?<=^http)(:.*):80$")

URL_SCHEMA: Mapping[str, Any] = {"type": "string", "pattern": f"^{_URL}$"}
_ACCOUNT = id_or_name(ACCOUNT.type, Kind.ACCOUNT)
ACCOUNT_SCHEMA: Mapping[str, Any] = reference_schema(_ACCOUNT)
# A name that can only be meant for Canvas: else a change of this file could send any secret of the machine.
_VARIABLE = "[A-Z0-9_]*CANVAS[A-Z0-9_]*|COURSESYNC_[A-Z0-9_]+"
TOKEN_ENV_SCHEMA: Mapping[str, Any] = {"type": "string", "maxLength": 100, "pattern": f"^({_VARIABLE})$"}


def canvas_url(node: Node) -> str:
    """Return the address of a Canvas, in lower case and without a slash at its end, or raise Invalid.

    The message does not repeat the text, which may hold a password or a token.
    """
    no_variable(node)
    url = source_text(node, "the address of a Canvas")
    if not re.fullmatch(_URL, url):
        message = "An address is https:// and a host, without a path; http:// only for this machine."
        hint = "Write for example https://school.instructure.com"
        raise Invalid(Flaw(message=message, hint=hint))
    return _USUAL_PORT.sub(r"\1\2", url.lower().rstrip("/"))


def account(node: Node) -> str:
    """Return the account of an environment; raise Invalid for what is no id of one."""
    return account_id(fixed(node))


def account_id(node: Node) -> str:
    """Return the id of an account, or the text that stands for its name; raise Invalid for neither."""
    return str(_ACCOUNT.parse(node))


def token_env(node: Node) -> str:
    """Return the name of the variable that holds a token; raise Invalid for one not meant for Canvas.

    The message does not repeat the text, which may be the token itself.
    """
    no_variable(node)
    name = source_text(node, "the name of a variable")
    if len(name) > 100 or not may_hold_token(name):
        message = (
            "token_env names a variable in capitals that has CANVAS in its name or begins with "
            "COURSESYNC_, so that no other secret is ever sent."
        )
        raise Invalid(Flaw(message=message, hint="Write for example token_env: CANVAS_TOKEN_PROD"))
    return name


def may_hold_token(variable: str) -> bool:
    """Tell whether a variable of this name can be meant as the token of an environment."""
    return bool(re.fullmatch(_VARIABLE, variable))


def unknown(name: str, known: Sequence[str], at: Position) -> Diagnostic:
    """Explain a name that is none of the environments, whose names are `known`."""
    return problem("unknown-environment", _none_called(name), at=at, hint=_one_of(name, known))


def chosen(project: Project, *, name: str | None, url: str | None) -> Environment | None:
    """Return the environment that a run is about, or None where the project file does not say.

    That is the one of this name, else the one at this address, else the default, else the only one. Raises
    UsageProblem for a name that is none.
    """
    known = {one.name: one for one in project.environments}
    if name is not None:
        if name not in known:
            raise UsageProblem(_none_called(name), hint=_one_of(name, list(known)))
        return known[name]
    default = known.get(project.default or "")
    if url:
        there = [one for one in project.environments if one.url == url]
        return default if default in there else next(iter(there), None)
    return default or (project.environments[0] if len(known) == 1 else None)


def _none_called(name: str) -> str:
    return f'The project file has no environment called "{shown(name)}".'


def _one_of(name: str, known: Sequence[str]) -> str:
    near = closest(name, known)
    if near:
        return f'Did you mean "{shown(near)}"?'
    return f"Its environments: {', '.join(map(shown, known))}" if known else "Name one under environments."
