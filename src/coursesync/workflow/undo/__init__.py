"""Put back what a run changed: from its record to a plan like any other."""

from __future__ import annotations

from coursesync.workflow.undo.back import Undo, undo_of
from coursesync.workflow.undo.record import told_by

__all__ = ["Undo", "told_by", "undo_of"]
