"""GitLab: notes on merge requests, artifacts of jobs, a report of code quality."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from coursesync import disk
from coursesync.forge.annotations import Annotation, code_quality
from coursesync.forge.comment import is_ours
from coursesync.forge.nouns import FOLDER, Change, Job
from coursesync.forge.wire import Connected, Wire

MOST_CHARACTERS = 1_000_000
# The token of a job may not write notes; a project access token may.
TOKEN_VARIABLE = "GITLAB_TOKEN"  # noqa: S105 - the name, not the secret
_PLAN_FILE, _QUALITY_FILE = "plan.json", "quality.json"
_REVIEWED, _BY_HAND = "merge_request_event", "web"


class GitLab(Connected):
    """The project that a pipeline of GitLab runs in, as a context manager."""

    name = "GitLab"

    def __init__(self, environ: Mapping[str, str]) -> None:
        super().__init__(environ)
        self._project = int(self._named("CI_PROJECT_ID"))
        self._home = f"/projects/{self._project}"
        token = environ.get(TOKEN_VARIABLE, "")
        self._wire = Wire(
            self.name,
            self._named("CI_API_V4_URL"),
            headers={"PRIVATE-TOKEN": token} if token else {},
        )

    @property
    def most_characters(self) -> int:
        """Return how long a note may be."""
        return MOST_CHARACTERS

    @property
    def job(self) -> Job:
        """Return the job that runs. Raises UsageProblem where a variable of GitLab is missing."""
        environ = self._environ
        number = environ.get("CI_MERGE_REQUEST_IID", "")
        return Job(
            root=Path(self._named("CI_PROJECT_DIR")),
            commit=self._named("CI_COMMIT_SHA"),
            change=int(number) if number.isdecimal() else None,
            url=environ.get("CI_JOB_URL", ""),
        )

    def literally(self) -> tuple[str, str]:
        """Return what to say before and after text: nothing, as a log of GitLab knows no commands."""
        return "", ""

    def annotate(self, found: Sequence[Annotation]) -> str:
        """Write the report of code quality; the log has nothing to say. Raises UsageProblem."""
        disk.put(self.job.folder / _QUALITY_FILE, code_quality(found))
        return ""

    def commented(self, change: int, label: str) -> str:
        """Return our note of a label on a merge request, or nothing. Raises ForgeError."""
        return str((self._note(change, label) or {}).get("body", ""))

    def comment(self, change: int, label: str, text: str) -> None:
        """Write our note: anew, or over the one that is there. Raises ForgeError."""
        notes = f"{self._home}/merge_requests/{change}/notes"
        there = self._note(change, label)
        if there:
            self._wire.send("PUT", f"{notes}/{there['id']}", {"body": text})
        else:
            self._wire.send("POST", notes, {"body": text})

    def _note(self, change: int, label: str) -> Mapping[str, Any] | None:
        """Find our note. Anybody can write one that begins like it, so that the author counts as well."""
        me = self._wire.get("/user")["id"]
        for item in self._wire.items(f"{self._home}/merge_requests/{change}/notes"):
            if item["author"]["id"] == me and is_ours(item.get("body") or "", label):
                return dict(item)
        return None

    def merged(self, commit: str) -> Change | None:
        """Return the merge request whose merge a commit is, if it is one. Raises ForgeError."""
        for item in self._wire.items(f"{self._home}/repository/commits/{commit}/merge_requests"):
            # A squash without a merge commit, a merge commit, and a branch that was only moved on.
            commits = {item.get("merge_commit_sha"), item.get("squash_commit_sha"), item.get("sha")}
            if item["state"] == "merged" and commit in commits:
                foreign = item["source_project_id"] != self._project
                return Change(number=item["iid"], head=item["sha"], foreign=foreign)
        return None

    def plan_of(self, change: Change, artifact: str) -> bytes | None:
        """Return the plan of the newest pipeline of a merge request. Raises ForgeError.

        artifact: the name of the job that left it.
        """
        found = self._wire.items(f"{self._home}/merge_requests/{change.number}/pipelines")
        newest = max(filter(self._reviewing, found), key=lambda item: int(item["id"]), default=None)
        return self._plan(newest, artifact)

    def _reviewing(self, pipeline: Mapping[str, Any]) -> bool:
        # The pipeline of a fork runs in its own project, and whoever owns that decides what it leaves.
        return bool(pipeline["project_id"] == self._project and pipeline["source"] == _REVIEWED)

    def plan_of_run(self, run: int, artifact: str) -> bytes | None:
        """Return the plan of a pipeline that somebody had started. Raises ForgeError."""
        found = self._wire.get(f"{self._home}/pipelines/{run}")
        return self._plan(found, artifact) if found["source"] == _BY_HAND else None

    def _plan(self, pipeline: Mapping[str, Any] | None, artifact: str) -> bytes | None:
        if pipeline is None:
            return None
        jobs = self._wire.items(f"{self._home}/pipelines/{pipeline['id']}/jobs")
        numbers = [int(job["id"]) for job in jobs if job["name"] == artifact]
        if not numbers:
            return None
        return self._wire.download(f"{self._home}/jobs/{max(numbers)}/artifacts/{FOLDER}/{_PLAN_FILE}")

    def latest(self, artifact: str, name: str) -> bytes | None:
        """Return a file that the job of that name last left on the main branch. Raises ForgeError."""
        project = self._environ.get("CI_MERGE_REQUEST_PROJECT_ID") or self._project
        branch = quote(self._named("CI_DEFAULT_BRANCH"), safe="")
        return self._wire.download(
            f"/projects/{project}/jobs/artifacts/{branch}/raw/{FOLDER}/{name}", {"job": artifact}
        )
