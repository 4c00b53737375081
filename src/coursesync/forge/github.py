"""GitHub: comments on pull requests, artifacts of workflow runs, commands in the log."""

from __future__ import annotations

import io
import json
import secrets
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from coursesync import disk
from coursesync.forge.annotations import Annotation, workflow_commands
from coursesync.forge.comment import is_ours
from coursesync.forge.nouns import Change, ForgeError, Job
from coursesync.forge.wire import Connected, Wire

MOST_CHARACTERS = 65_536
# Whom a comment made with the token of a workflow is from.
_AUTHOR = "github-actions[bot]"
_PLAN_FILE = "plan.json"
# What makes a plan: a pull request, or somebody who starts the workflow.
_REVIEWED, _BY_HAND = "pull_request", "workflow_dispatch"


class GitHub(Connected):
    """The repository that a workflow of GitHub runs in, as a context manager."""

    name = "GitHub"

    def __init__(self, environ: Mapping[str, str]) -> None:
        super().__init__(environ)
        self._repository = self._named("GITHUB_REPOSITORY")
        self._home = f"/repos/{self._repository}"
        token = environ.get("GITHUB_TOKEN", "")
        self._wire = Wire(
            self.name,
            environ.get("GITHUB_API_URL", ""),
            headers={
                "Accept": "application/vnd.github+json",
                "X-GitHub-Api-Version": "2022-11-28",
                **({"Authorization": f"Bearer {token}"} if token else {}),
            },
        )

    @property
    def most_characters(self) -> int:
        """Return how long a comment may be."""
        return MOST_CHARACTERS

    @property
    def job(self) -> Job:
        """Return the job that runs. Raises UsageProblem where a variable of GitHub is missing."""
        environ = self._environ
        server = environ.get("GITHUB_SERVER_URL", "")
        summary = environ.get("GITHUB_STEP_SUMMARY")
        return Job(
            root=Path(self._named("GITHUB_WORKSPACE")),
            commit=self._named("GITHUB_SHA"),
            change=_number(environ.get("GITHUB_EVENT_PATH", "")),
            url=f"{server}/{self._repository}/actions/runs/{environ.get('GITHUB_RUN_ID', '')}",
            summary=Path(summary) if summary else None,
        )

    def literally(self) -> tuple[str, str]:
        """Return what to say before and after text of which no line may be taken for a command."""
        word = secrets.token_hex(16)
        return f"::stop-commands::{word}\n", f"::{word}::\n"

    def annotate(self, found: Sequence[Annotation]) -> str:
        """Return the commands for the log that show annotations."""
        return workflow_commands(found)

    def commented(self, change: int, label: str) -> str:
        """Return our comment of a label on a pull request, or nothing. Raises ForgeError."""
        return str((self._comment(change, label) or {}).get("body", ""))

    def comment(self, change: int, label: str, text: str) -> None:
        """Write our comment: anew, or over the one that is there. Raises ForgeError."""
        there = self._comment(change, label)
        if there:
            self._wire.send("PATCH", f"{self._home}/issues/comments/{there['id']}", {"body": text})
        else:
            self._wire.send("POST", f"{self._home}/issues/{change}/comments", {"body": text})

    def _comment(self, change: int, label: str) -> Mapping[str, Any] | None:
        """Find our comment. Anybody can write one that begins like it, so that the author counts as well."""
        for item in self._wire.items(f"{self._home}/issues/{change}/comments"):
            if item["user"]["login"] == _AUTHOR and is_ours(item.get("body") or "", label):
                return dict(item)
        return None

    def merged(self, commit: str) -> Change | None:
        """Return the pull request whose merge a commit is, if it is one. Raises ForgeError."""
        for item in self._wire.items(f"{self._home}/commits/{commit}/pulls"):
            if item.get("merged_at") and item.get("merge_commit_sha") == commit:
                head = item["head"]
                return Change(
                    number=item["number"],
                    head=head["sha"],
                    foreign=(head.get("repo") or {}).get("full_name") != self._repository,
                )
        return None

    def plan_of(self, change: Change, artifact: str) -> bytes | None:
        """Return the plan of the newest run of this workflow for the head of a pull request.

        A run for a fork can leave an artifact of any name and content, so that where a run belongs is looked
        at before its artifacts are. Raises ForgeError.
        """
        found = self._wire.items(
            f"{self._home}/actions/workflows/{self._workflow}/runs",
            {"event": _REVIEWED, "head_sha": change.head},
            key="workflow_runs",
        )
        runs = [run for run in found if self._trusted(run, _REVIEWED) and run["head_sha"] == change.head]
        newest = max(runs, key=lambda run: int(run["id"]), default=None)
        return self._file(newest["id"], artifact, _PLAN_FILE) if newest else None

    def plan_of_run(self, run: int, artifact: str) -> bytes | None:
        """Return the plan a run of this workflow made that somebody had started. Raises ForgeError."""
        try:
            found = self._wire.get(f"{self._home}/actions/runs/{run}")
        except ForgeError as error:
            if error.status == 404:
                return None
            raise
        return self._file(run, artifact, _PLAN_FILE) if self._trusted(found, _BY_HAND) else None

    def _trusted(self, run: Mapping[str, Any], event: str) -> bool:
        return (
            run["event"] == event
            and (run.get("head_repository") or {}).get("full_name") == self._repository
            and str(run["path"]).partition("@")[0].endswith(f"/{self._workflow}")
        )

    @property
    def _workflow(self) -> str:
        """Return the name of the file of this workflow."""
        return self._named("GITHUB_WORKFLOW_REF").partition("@")[0].rpartition("/")[2]

    def _file(self, run: int, artifact: str, name: str) -> bytes | None:
        for item in self._wire.items(
            f"{self._home}/actions/runs/{run}/artifacts", {"name": artifact}, key="artifacts"
        ):
            if item["name"] == artifact and not item["expired"]:
                return self._unpacked(item["id"], name)
        return None

    def latest(self, artifact: str, name: str) -> bytes | None:
        """Return a file of the newest artifact that a run on the main branch left. Raises ForgeError."""
        branch = self._environ.get("GITHUB_BASE_REF") or self._named("GITHUB_REF_NAME")
        for item in self._wire.items(f"{self._home}/actions/artifacts", {"name": artifact}, key="artifacts"):
            run = item.get("workflow_run") or {}
            ours = run.get("repository_id") == run.get("head_repository_id") and run.get("repository_id")
            if item["name"] == artifact and not item["expired"] and ours and run["head_branch"] == branch:
                return self._unpacked(item["id"], name)
        return None

    def _unpacked(self, artifact: int, name: str) -> bytes | None:
        packed = self._wire.download(f"{self._home}/actions/artifacts/{artifact}/zip")
        if packed is None:
            return None
        try:
            with zipfile.ZipFile(io.BytesIO(packed)) as archive:
                if archive.getinfo(name).file_size > disk.LARGEST:
                    raise ForgeError(f"{name} of artifact {artifact} is too large.")
                return archive.read(name)
        except KeyError:
            return None
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
            raise ForgeError(f"Artifact {artifact} of GitHub is damaged.") from error


def _number(event: str) -> int | None:
    """Return the number of the pull request that an event file is about."""
    if not event:
        return None
    with disk.access(Path(event), doing="read"):
        said = json.loads(Path(event).read_text(encoding="utf-8"))
    number = (said.get("pull_request") or {}).get("number")
    return number if isinstance(number, int) else None
