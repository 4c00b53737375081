"""What every noun is made of: addresses of fields, states, and the version of the documents."""

from __future__ import annotations

from collections.abc import Mapping

from coursesync.catalogue.types import Value

# The one name of a field, such as `attributes.default_view`.
Address = str

# Absent: not managed (desired) or not told to us (live). None: clear, or empty.
State = Mapping[Address, Value]

FORMAT_VERSION = "1.0"
