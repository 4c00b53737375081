"""What Canvas answers when it does not do what was asked: the statuses and bodies of its refusals."""

from __future__ import annotations

from typing import Any

Errors = dict[str, list[dict[str, str]]]
"""Model errors: attribute to what is wrong with it."""


class Refusal(Exception):
    """An answer that is not a success; nothing after the point where it is raised happens."""

    def __init__(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        super().__init__(status, body)
        self.status = status
        self.body = body
        self.headers = headers or {}


# Canvas: application_controller.rb render_unauthorized_action; without this header only a right is missing.
WHO_ARE_YOU = {"WWW-Authenticate": 'Bearer realm="canvas-lms"'}

NO_USER_AGENT = {
    "error": "Forbidden",
    "message": "You are not authorized to access this site because you have not provided a valid user agent.",
}


def not_found() -> Refusal:
    """Return the refusal for an id that names nothing."""
    return Refusal(404, {"errors": [{"message": "The specified resource does not exist."}]})


def bad_token(message: str, *, expired_at: str | None = None) -> Refusal:
    """Return the refusal for a token Canvas does not accept."""
    error = {"message": message} | ({"expired_at": expired_at} if expired_at else {})
    return Refusal(401, {"errors": [error]}, WHO_ARE_YOU)


def no_token() -> Refusal:
    """Return the refusal for a request without a token."""
    body = {"status": "unauthenticated", "errors": [{"message": "user authorization required"}]}
    return Refusal(401, body, WHO_ARE_YOU)


def not_allowed(status: int) -> Refusal:
    """Return the refusal for a right the user does not have."""
    body = {"status": "unauthorized", "errors": [{"message": "user not authorized to perform that action"}]}
    return Refusal(status, body)


def no_scope() -> Refusal:
    """Return the refusal for a token whose developer key lacks the scope of an endpoint."""
    return Refusal(401, {"errors": [{"message": "Insufficient scopes on access token."}]})


def message(status: int, text: str) -> Refusal:
    """Return a refusal of the kind that holds one message only."""
    return Refusal(status, {"message": text})


def invalid(errors: Errors) -> Refusal:
    """Return the refusal for a record that does not validate."""
    return Refusal(400, {"errors": errors})


def add_error(errors: Errors, attribute: str, text: str, kind: str = "invalid") -> None:
    """Note one model error."""
    errors.setdefault(attribute, []).append({"attribute": attribute, "type": kind, "message": text})


def crash(report: int) -> Refusal:
    """Return the answer to a request that broke something inside Canvas."""
    error = {"message": "An error occurred.", "error_code": "internal_server_error"}
    return Refusal(500, {"errors": [error], "error_report_id": report})
