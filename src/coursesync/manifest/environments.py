"""What the project file says of each Canvas: its address, and the account its policies look below."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from coursesync.catalogue.course import ACCOUNT
from coursesync.catalogue.types import Flaw, Invalid, Node, source_text
from coursesync.manifest.values import reference_schema, without_variables

_PORT = "(:[1-9][0-9]{0,4})?"
_HOST = r"([A-Za-z0-9._-]+|\[[0-9a-fA-F:.]+\])"
# Without TLS only on this machine, or the token would travel unprotected.
_HERE = r"(localhost|127(\.[0-9]{1,3}){3}|\[::1\])"
_URL = f"(https://{_HOST}|http://{_HERE}){_PORT}/?"
_USUAL_PORT = re.compile("(?<=^https)(.*):443$|(?<=^http)(:.*):80$")

URL_SCHEMA: Mapping[str, Any] = {"type": "string", "pattern": f"^{_URL}$"}
ACCOUNT_SCHEMA: Mapping[str, Any] = reference_schema(ACCOUNT)


def canvas_url(node: Node) -> str:
    """Return the address of a Canvas, in lower case and without a slash at its end, or raise Invalid.

    The message does not repeat the text, which may hold a password or a token.
    """
    without_variables(node)
    url = source_text(node, "the address of a Canvas")
    if not re.fullmatch(_URL, url):
        message = "An address is https:// and a host, without a path; http:// only for this machine."
        hint = "Write for example https://school.instructure.com"
        raise Invalid(Flaw(message=message, hint=hint))
    return _USUAL_PORT.sub(r"\1\2", url.lower().rstrip("/"))


def account(node: Node) -> str:
    """Return the account of an environment; raise Invalid for what is no id of one."""
    return str(ACCOUNT.type.parse(without_variables(node)))
