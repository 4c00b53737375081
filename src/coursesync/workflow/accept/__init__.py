"""Live values taken over into the manifests."""

from __future__ import annotations

from coursesync.workflow.accept.acceptance import Acceptance, Accepted, Ask, make_acceptance, save_acceptance

__all__ = ["Acceptance", "Accepted", "Ask", "make_acceptance", "save_acceptance"]
