"""The type of pictures that are declared by a file of the project, and what Canvas takes for one."""

from __future__ import annotations

from collections.abc import Mapping

from coursesync.catalogue.types import Flaw, Invalid, Node, Value, ValueType, quoted, scalar

# What the settings page of a course takes (Canvas: ui/features/course_settings/react/helpers.js), and how
# each begins.
CONTENT_TYPES: Mapping[str, str] = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
}
BEGINNINGS: Mapping[str, tuple[bytes, ...]] = {
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/gif": (b"GIF87a", b"GIF89a"),
}
# Everybody whose dashboard shows the course loads it, and the card shows it 262 pixels wide.
LARGEST = 10 * 1024 * 1024

_HINT = "Write it like {file: images/bio.png}"


def picture() -> ValueType:
    """Make the type of a picture: `{file: ...}`, which the reader of manifests turns into what is in it."""

    def parse(node: Node) -> Value:
        literal = scalar(node, "a file")
        raise Invalid(Flaw(message=f"{quoted(literal)} does not say which file.", hint=_HINT))

    def spell(value: Value) -> Value:
        raise Invalid(Flaw(message=f"No file of the project is known to be the file {value} of Canvas."))

    return ValueType(
        name="file",
        schema={
            "type": "object",
            "additionalProperties": False,
            "required": ["file"],
            "properties": {
                "file": {"type": "string", "pattern": r"\.([pP][nN][gG]|[jJ][pP][eE]?[gG]|[gG][iI][fF])$"}
            },
        },
        parse=parse,
        spell=spell,
        is_file=True,
    )
