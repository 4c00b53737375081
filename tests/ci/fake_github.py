"""A GitHub that knows pull requests, comments, runs and artifacts, as the jobs ask for them."""

from __future__ import annotations

import contextlib
import io
import itertools
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.ci.server import Answer, Call, Route, Served, page, served

REPO = "school/courses"
BOT = "github-actions[bot]"
TOKEN = "workflow-token"
WORKFLOW = ".github/workflows/coursesync.yml"
_MOST = 2


@dataclass
class FakeGitHub:
    """The state of the repo; api and store are where it and its store of artifacts answer."""

    comments: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    merges: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    runs: list[dict[str, Any]] = field(default_factory=list)
    artifacts: list[dict[str, Any]] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    api: Served = field(init=False)
    store: Served = field(init=False)
    _ids: Iterator[int] = field(default_factory=lambda: itertools.count(100))

    def say(self, change: int, body: str, *, login: str = BOT) -> None:
        item = {"id": next(self._ids), "body": body, "user": {"login": login}}
        self.comments.setdefault(change, []).append(item)

    def merge(self, change: int, *, commit: str, head: str, repo: str = REPO) -> None:
        self.merges.setdefault(commit, []).append(
            {
                "number": change,
                "merged_at": "2026-11-24T08:00:00Z",
                "merge_commit_sha": commit,
                "head": {"sha": head, "repo": {"full_name": repo}},
            }
        )

    def run(
        self,
        *,
        head: str,
        event: str = "pull_request",
        repo: str = REPO,
        path: str = WORKFLOW,
        branch: str = "b",
    ) -> int:
        number = next(self._ids)
        about = {"event": event, "head_sha": head, "head_branch": branch, "path": path}
        self.runs.append({"id": number, **about, "head_repository": {"full_name": repo}})
        return number

    def upload(self, run: int, name: str, files: dict[str, bytes]) -> dict[str, Any]:
        about = next(item for item in self.runs if item["id"] == run)
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for file, content in files.items():
                archive.writestr(file, content)
        ours = about["head_repository"]["full_name"] == REPO
        item = {
            "id": next(self._ids),
            "name": name,
            "expired": False,
            "content": packed.getvalue(),
            "workflow_run": {
                "id": run,
                "head_branch": about["head_branch"],
                "repository_id": 1,
                "head_repository_id": 1 if ours else 2,
            },
        }
        self.artifacts.insert(0, item)
        return item

    def upload_folder(self, run: int, name: str, folder: Path) -> dict[str, Any]:
        return self.upload(run, name, {file.name: file.read_bytes() for file in folder.iterdir()})

    def environment(self, root: Path, **more: str) -> dict[str, str]:
        """Return what a job of GitHub finds in its environment."""
        return {
            "GITHUB_ACTIONS": "true",
            "GITHUB_API_URL": self.api.url,
            "GITHUB_REPOSITORY": REPO,
            "GITHUB_SERVER_URL": "https://forge.example",
            "GITHUB_RUN_ID": "77",
            "GITHUB_REF_NAME": "main",
            "GITHUB_SHA": "c" * 40,
            "GITHUB_TOKEN": TOKEN,
            "GITHUB_WORKSPACE": str(root),
            "GITHUB_WORKFLOW_REF": f"{REPO}/{WORKFLOW}@refs/heads/main",
            **more,
        }

    def routes(self) -> list[Route]:
        home = f"/repos/{REPO}"
        return [
            ("GET", rf"{home}/issues/(\d+)/comments", self._comments),
            ("POST", rf"{home}/issues/(\d+)/comments", self._commented),
            ("PATCH", rf"{home}/issues/comments/(\d+)", self._edited),
            ("GET", rf"{home}/commits/(\w+)/pulls", self._pulls),
            ("GET", rf"{home}/actions/workflows/([\w.]+)/runs", self._runs),
            ("GET", rf"{home}/actions/runs/(\d+)", self._run),
            ("GET", rf"{home}/actions/runs/(\d+)/artifacts", self._artifacts),
            ("GET", rf"{home}/actions/artifacts()", self._artifacts),
            ("GET", rf"{home}/actions/artifacts/(\d+)/zip", self._zip),
        ]

    def _allowed(self, call: Call) -> bool:
        return call.headers.get("Authorization") == f"Bearer {TOKEN}" and call.method not in self.refused

    def _comments(self, call: Call) -> Answer:
        return page(call, self.comments.get(int(call.found[0]), []), most=_MOST)

    def _commented(self, call: Call) -> Answer:
        if not self._allowed(call):
            return Answer(status=403, json={"message": "Resource not accessible by integration"})
        assert len(call.body["body"]) <= 65_536
        self.say(int(call.found[0]), call.body["body"])
        return Answer(status=201, json={})

    def _edited(self, call: Call) -> Answer:
        if not self._allowed(call):
            return Answer(status=403, json={"message": "Resource not accessible by integration"})
        item = next(
            item for items in self.comments.values() for item in items if item["id"] == int(call.found[0])
        )
        item["body"] = call.body["body"]
        return Answer(json=item)

    def _pulls(self, call: Call) -> Answer:
        return page(call, self.merges.get(call.found[0], []), most=_MOST)

    def _runs(self, call: Call) -> Answer:
        found = [
            item
            for item in reversed(self.runs)
            if item["path"].endswith(f"/{call.found[0]}")
            and item["event"] == call.query.get("event", item["event"])
            and item["head_sha"] == call.query.get("head_sha", item["head_sha"])
        ]
        return page(call, found, most=_MOST, key="workflow_runs")

    def _run(self, call: Call) -> Answer:
        found = [item for item in self.runs if item["id"] == int(call.found[0])]
        return Answer(json=found[0]) if found else Answer(status=404, json={})

    def _artifacts(self, call: Call) -> Answer:
        found = [
            {name: value for name, value in item.items() if name != "content"}
            for item in self.artifacts
            if item["name"] == call.query.get("name", item["name"])
            and (not call.found[0] or item["workflow_run"]["id"] == int(call.found[0]))
        ]
        return page(call, found, most=_MOST, key="artifacts")

    def _zip(self, call: Call) -> Answer:
        found = next(item for item in self.artifacts if item["id"] == int(call.found[0]))
        if found["expired"]:
            return Answer(status=410, json={"message": "Artifact has expired"})
        return Answer(status=302, headers={"Location": f"{self.store.url}/blob/{found['id']}"}, content=b" ")

    def blob(self, call: Call) -> Answer:
        if "Authorization" in call.headers:
            return Answer(status=400, json={"message": "Who sent a token here?"})
        return Answer(
            content=next(item["content"] for item in self.artifacts if item["id"] == int(call.found[0]))
        )


@contextlib.contextmanager
def fake_github() -> Iterator[FakeGitHub]:
    """Run a GitHub on loopback."""
    fake = FakeGitHub()
    with served(fake.routes()) as api, served([("GET", r"/blob/(\d+)", fake.blob)]) as store:
        fake.api, fake.store = api, store
        yield fake


def event(path: Path, number: int | None) -> str:
    """Write the file that tells a job about its event, and return its path."""
    path.write_text(json.dumps({"pull_request": {"number": number}} if number else {}), "utf-8")
    return str(path)
