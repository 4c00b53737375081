"""Manifests for courses that exist."""

from __future__ import annotations

from coursesync.workflow.adopt.adoption import Adoption, Style, adopt
from coursesync.workflow.adopt.files import write_new
from coursesync.workflow.adopt.layout import Layout, Place
from coursesync.workflow.adopt.reading import Wanted

__all__ = ["Adoption", "Layout", "Place", "Style", "Wanted", "adopt", "write_new"]
