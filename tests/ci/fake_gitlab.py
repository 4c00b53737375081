"""A GitLab that knows merge requests, notes, pipelines and jobs, as the jobs ask for them."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.ci.server import Answer, Call, Route, Served, page, served

PROJECT = 7
ME = 42
TOKEN = "project-token"
_MOST = 2


@dataclass
class FakeGitLab:
    """The state of the project; api is where it answers, store where it keeps artifacts."""

    notes: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    merges: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    pipelines: list[dict[str, Any]] = field(default_factory=list)
    jobs: list[dict[str, Any]] = field(default_factory=list)
    api: Served = field(init=False)
    store: Served = field(init=False)
    _ids: Iterator[int] = field(default_factory=lambda: itertools.count(100))

    def say(self, change: int, body: str, *, author: int = ME) -> None:
        self.notes.setdefault(change, []).append(
            {"id": next(self._ids), "body": body, "author": {"id": author}}
        )

    def merge(self, change: int, *, head: str, project: int = PROJECT, **commits: str) -> None:
        item = {
            "iid": change,
            "state": "merged",
            "sha": head,
            "source_project_id": project,
            "merge_commit_sha": None,
            "squash_commit_sha": None,
            **commits,
        }
        for commit in {head, *commits.values()}:
            self.merges.setdefault(commit, []).append(item)

    def pipeline(
        self,
        change: int | None,
        *,
        source: str = "merge_request_event",
        project: int = PROJECT,
        ref: str = "b",
    ) -> int:
        number = next(self._ids)
        about = {"id": number, "source": source, "project_id": project, "ref": ref}
        self.pipelines.append({**about, "change": change})
        return number

    def job(self, pipeline: int, name: str, files: dict[str, bytes] | None) -> dict[str, Any]:
        item = {"id": next(self._ids), "pipeline": pipeline, "name": name, "files": files}
        self.jobs.append(item)
        return item

    def job_of_folder(self, pipeline: int, name: str, folder: Path) -> dict[str, Any]:
        files = {f"{folder.name}/{file.name}": file.read_bytes() for file in folder.iterdir()}
        return self.job(pipeline, name, files)

    def environment(self, root: Path, **more: str) -> dict[str, str]:
        """Return what a job of GitLab finds in its environment."""
        return {
            "GITLAB_CI": "true",
            "CI_API_V4_URL": f"{self.api.url}/api/v4",
            "CI_PROJECT_ID": str(PROJECT),
            "CI_PROJECT_DIR": str(root),
            "CI_COMMIT_SHA": "c" * 40,
            "CI_DEFAULT_BRANCH": "main",
            "CI_JOB_URL": "https://forge.example/jobs/77",
            "GITLAB_TOKEN": TOKEN,
            **more,
        }

    def routes(self) -> list[Route]:
        home = rf"/api/v4/projects/{PROJECT}"
        return [
            ("GET", "/api/v4/user", self._user),
            ("GET", rf"{home}/merge_requests/(\d+)/notes", self._notes),
            ("POST", rf"{home}/merge_requests/(\d+)/notes", self._noted),
            ("PUT", rf"{home}/merge_requests/(\d+)/notes/(\d+)", self._edited),
            ("GET", rf"{home}/repository/commits/(\w+)/merge_requests", self._merges),
            ("GET", rf"{home}/merge_requests/(\d+)/pipelines", self._pipelines),
            ("GET", rf"{home}/pipelines/(\d+)", self._pipeline),
            ("GET", rf"{home}/pipelines/(\d+)/jobs", self._jobs),
            ("GET", rf"{home}/jobs/(\d+)/artifacts/(.+)", self._artifact),
            ("GET", rf"{home}/jobs/artifacts/(\w+)/raw/(.+)", self._latest),
        ]

    def _user(self, call: Call) -> Answer:
        known = call.headers.get("PRIVATE-TOKEN") == TOKEN
        return Answer(json={"id": ME}) if known else Answer(status=401, json={"message": "401 Unauthorized"})

    def _notes(self, call: Call) -> Answer:
        return page(call, self.notes.get(int(call.found[0]), []), most=_MOST)

    def _noted(self, call: Call) -> Answer:
        if call.headers.get("PRIVATE-TOKEN") != TOKEN:
            return Answer(status=401, json={"message": "401 Unauthorized"})
        self.say(int(call.found[0]), call.body["body"])
        return Answer(status=201, json={})

    def _edited(self, call: Call) -> Answer:
        item = next(item for item in self.notes[int(call.found[0])] if item["id"] == int(call.found[1]))
        item["body"] = call.body["body"]
        return Answer(json=item)

    def _merges(self, call: Call) -> Answer:
        return page(call, self.merges.get(call.found[0], []), most=_MOST)

    def _pipelines(self, call: Call) -> Answer:
        found = [item for item in reversed(self.pipelines) if item["change"] == int(call.found[0])]
        return page(call, found, most=_MOST)

    def _pipeline(self, call: Call) -> Answer:
        found = [item for item in self.pipelines if item["id"] == int(call.found[0])]
        return Answer(json=found[0]) if found else Answer(status=404, json={})

    def _jobs(self, call: Call) -> Answer:
        found = [
            {"id": item["id"], "name": item["name"]}
            for item in reversed(self.jobs)
            if item["pipeline"] == int(call.found[0])
        ]
        return page(call, found, most=_MOST)

    def _artifact(self, call: Call) -> Answer:
        job = next(item for item in self.jobs if item["id"] == int(call.found[0]))
        return self._stored(job, call.found[1])

    def _latest(self, call: Call) -> Answer:
        pipelines = {item["id"] for item in self.pipelines if item["ref"] == call.found[0]}
        jobs = [job for job in self.jobs if job["pipeline"] in pipelines and job["name"] == call.query["job"]]
        return self._stored(jobs[-1], call.found[1]) if jobs else Answer(status=404, json={})

    def _stored(self, job: dict[str, Any], path: str) -> Answer:
        if not job["files"] or path not in job["files"]:
            return Answer(status=404, json={"message": "404 Not Found"})
        return Answer(status=302, headers={"Location": f"{self.store.url}/{job['id']}/{path}"}, content=b" ")

    def blob(self, call: Call) -> Answer:
        if "PRIVATE-TOKEN" in call.headers:
            return Answer(status=400, json={"message": "Who sent a token here?"})
        job = next(item for item in self.jobs if item["id"] == int(call.found[0]))
        return Answer(content=job["files"][call.found[1]])


@contextlib.contextmanager
def fake_gitlab() -> Iterator[FakeGitLab]:
    """Run a GitLab on loopback."""
    fake = FakeGitLab()
    with served(fake.routes()) as api, served([("GET", r"/(\d+)/(.+)", fake.blob)]) as store:
        fake.api, fake.store = api, store
        yield fake
