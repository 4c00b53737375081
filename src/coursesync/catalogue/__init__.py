"""The catalogue: a field exists because there is one row for it here."""

from __future__ import annotations

from collections.abc import Mapping

from coursesync.catalogue.blueprint import BLUEPRINT
from coursesync.catalogue.course import ATTRIBUTES
from coursesync.catalogue.field import Field, Refused, ResourceType
from coursesync.catalogue.settings import SETTINGS

# In order of work.
RESOURCES: tuple[ResourceType, ...] = (ATTRIBUTES, SETTINGS, BLUEPRINT)

FIELDS: Mapping[str, Field] = {row.address: row for resource in RESOURCES for row in resource.fields}

# The row of every key that a manifest may write, by group and key: fields, and behind each its spellings.
DECLARABLE: Mapping[str, Field] = {key.path: key for row in FIELDS.values() for key in (row, *row.spelled)}

REFUSED: Mapping[str, Refused] = {
    f"{row.group}.{row.name}": row for resource in RESOURCES for row in resource.refused
}
