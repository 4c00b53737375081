"""`init`: a config repo in which everything passes at once, and nothing of anybody's is overwritten."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from coursesync import __version__
from coursesync.sandbox import Options, running
from tests.cli.conftest import Command

ROOT = Path(__file__).parents[2]
ALWAYS = {
    ".gitignore",
    ".pre-commit-config.yaml",
    "README.md",
    "courses/example.yaml",
    "coursesync.yaml",
    "profiles/everywhere.yaml",
    "schemas/manifest.schema.json",
    "schemas/project.schema.json",
}


def tree(folder: Path) -> set[str]:
    files = (path for path in folder.rglob("*") if path.is_file() and ".git/" not in path.as_posix())
    return {path.relative_to(folder).as_posix() for path in files}


def ran(folder: Path, *command: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a program as a person would, with coursesync on the path."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PATH": path, **more},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("ci", "more"),
    [
        ([], set()),
        (["--ci", "github"], {".github/workflows/coursesync.yml"}),
        (["--ci", "gitlab"], {".gitlab-ci.yml"}),
    ],
    ids=["bare", "github", "gitlab"],
)
def test_an_empty_folder_becomes_a_config_repo(
    project: Path, coursesync: Command, ci: list[str], more: set[str]
) -> None:
    result = coursesync("init", *ci)
    assert result.code == 0
    assert result.out == ""
    assert tree(project) == ALWAYS | more
    assert all(name in result.err for name in ALWAYS | more)
    assert not any("__VERSION__" in (project / name).read_text("utf-8") for name in tree(project))


def test_everything_passes_at_once(tmp_path: Path) -> None:
    """In processes of their own, as a newcomer types it: init, git, validate, plan, apply, and every hook."""
    repo = tmp_path / "canvas"
    assert ran(tmp_path, "coursesync", "init", "canvas", "--ci", "github").returncode == 0
    assert ran(repo, "git", "init", "--quiet").returncode == 0
    assert ran(repo, "git", "add", "--all").returncode == 0
    assert ran(repo, "coursesync", "validate", "--strict").returncode == 0
    for entry in hooks(repo / ".pre-commit-config.yaml", repo):
        done = ran(repo, *shlex.split(entry))
        assert done.returncode == 0, done.stderr
    assert ran(repo, "git", "diff", "--quiet").returncode == 0, "a hook changed a file"
    with running(Options(throttle=False)) as canvas:
        given = {"CANVAS_API_URL": canvas.url, "CANVAS_API_TOKEN": "sandbox-admin"}
        planned = ran(repo, "coursesync", "plan", "--strict", "--out", "plan.json", **given)
        assert planned.returncode == 0, planned.stderr
        assert "5 changes in 2 courses" in planned.stdout
        applied = ran(repo, "coursesync", "apply", "plan.json", **given)
        assert applied.returncode == 0, applied.stdout
    assert "coursesync-report" not in ran(repo, "git", "status", "--porcelain").stdout


def hooks(file: Path, repo: Path) -> list[str]:
    """Return the entries of the hooks that run for the files of a repo."""
    written = yaml.safe_load(file.read_text("utf-8"))
    found = (
        written if isinstance(written, list) else [hook for one in written["repos"] for hook in one["hooks"]]
    )
    assert all(hook["pass_filenames"] is False for hook in found)
    return [hook["entry"] for hook in found if any(re.search(hook["files"], name) for name in tree(repo))]


def test_the_hooks_of_the_package_are_those_of_a_new_repo(project: Path, coursesync: Command) -> None:
    coursesync("init")
    ours = ROOT / ".pre-commit-hooks.yaml"
    assert hooks(ours, project) == hooks(project / ".pre-commit-config.yaml", project)
    assert hooks(ours, project) == ["coursesync validate", "coursesync fmt"]


def test_a_hook_fails_on_what_it_is_for(project: Path, coursesync: Command) -> None:
    coursesync("init")
    file = project / "courses" / "example.yaml"
    file.write_text(file.read_text("utf-8").replace("default_view", "default_veiw"), "utf-8")
    assert coursesync("validate").code == 1


def test_the_pipeline_installs_this_version(project: Path, coursesync: Command) -> None:
    coursesync("init", "--ci", "github")
    coursesync("init", "other", "--ci", "gitlab")
    workflow = (project / ".github" / "workflows" / "coursesync.yml").read_text("utf-8")
    assert f"uses: coursesync/coursesync@v{__version__}" in workflow
    assert f'"coursesync=={__version__}"' in (project / "other" / ".gitlab-ci.yml").read_text("utf-8")
    assert f"[coursesync=={__version__}]" in (project / ".pre-commit-config.yaml").read_text("utf-8")


def test_every_schema_line_leads_to_the_schema_beside_it(project: Path, coursesync: Command) -> None:
    coursesync("init")
    for name in ("coursesync.yaml", "courses/example.yaml", "profiles/everywhere.yaml"):
        file = project / name
        reference = re.match(r"# yaml-language-server: \$schema=(\S+)\n", file.read_text("utf-8"))
        assert reference, name
        schema = file.parent / reference[1]
        assert json.loads(schema.read_text("utf-8"))["$schema"]
        assert schema.read_text("utf-8") == (ROOT / "schemas" / schema.name).read_text("utf-8")


def test_nothing_is_overwritten_and_all_that_stands_in_the_way_is_named(
    project: Path, coursesync: Command
) -> None:
    (project / "README.md").write_text("Mine", "utf-8")
    (project / "courses").mkdir()
    (project / "courses" / "example.yaml").symlink_to("/nowhere")
    (project / "profiles").write_text("A file", "utf-8")
    (project / ".gitignore").mkdir()
    (project / "schemas").symlink_to("/nowhere")
    result = coursesync("init")
    assert result.code == 1
    for name in ("README.md", "courses/example.yaml", "profiles/everywhere.yaml", ".gitignore", "schemas/"):
        assert name in result.err
    assert "coursesync.yaml" not in result.err
    assert tree(project) == {"README.md", "profiles"}
    assert (project / "README.md").read_text("utf-8") == "Mine"


def test_once_more_writes_what_is_missing_and_leaves_the_rest(project: Path, coursesync: Command) -> None:
    coursesync("init")
    (project / "README.md").unlink()
    result = coursesync("init")
    assert result.code == 0
    assert re.findall(r"Wrote (\S+)", result.err) == ["README.md"]
    assert "0 files written" in coursesync("init").err


def test_a_project_that_exists_gets_the_pipeline_alone(project: Path, coursesync: Command) -> None:
    (project / "coursesync.yaml").write_text("manifests: [courses]\n", "utf-8")
    result = coursesync("init", "--ci", "gitlab")
    assert result.code == 0
    assert tree(project) == {"coursesync.yaml", ".gitlab-ci.yml"}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_is_an_error(project: Path, coursesync: Command) -> None:
    project.chmod(0o500)
    assert coursesync("init", "repo").code == 1
    project.chmod(0o700)


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="there is no such folder here")
def test_where_the_disk_refuses_a_file_those_before_it_are_taken_back(
    project: Path, coursesync: Command
) -> None:
    # A folder in which not even root can make a file.
    (project / "schemas").symlink_to("/proc/self")
    result = coursesync("init")
    assert result.code == 1
    assert "cannot be written" in result.err
    assert tree(project) == set()


def test_a_file_in_the_place_of_the_folder_is_wrong_usage(project: Path, coursesync: Command) -> None:
    (project / "repo").write_text("A file", "utf-8")
    assert coursesync("init", "repo").code == 1
    assert coursesync("init", "repo/below").code == 1
    assert (project / "repo").read_text("utf-8") == "A file"
