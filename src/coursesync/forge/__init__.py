"""Where the manifests live: what GitHub and GitLab know of a change, and what they show of it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager

from coursesync.errors import UsageProblem
from coursesync.forge.github import GitHub
from coursesync.forge.gitlab import GitLab
from coursesync.forge.nouns import Change, Forge, Job

__all__ = ["Change", "Forge", "Job", "forge_of"]


def forge_of(environ: Mapping[str, str]) -> AbstractContextManager[Forge]:
    """Return the forge whose job this is, by the variables it sets. Raises UsageProblem outside of one."""
    if environ.get("GITHUB_ACTIONS") == "true":
        return GitHub(environ)
    if environ.get("GITLAB_CI") == "true":
        return GitLab(environ)
    raise UsageProblem(
        "This is no job of GitHub or GitLab.",
        hint="Elsewhere run coursesync plan, apply and drift themselves.",
    )
