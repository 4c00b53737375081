"""What is published: the wheel and the sdist hold everything, and a fresh installation works."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

from coursesync import __version__
from coursesync.cli import COMMANDS

ROOT = Path(__file__).parents[1]
SRC = ROOT / "src" / "coursesync"


def ran(*command: str | Path, folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, **more}
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build both packages from a copy of the checkout, without a network."""
    copy, dist = tmp_path_factory.mktemp("checkout"), tmp_path_factory.mktemp("dist")
    left_out = shutil.ignore_patterns(".*", "__pycache__", "dist", "build", "tests", "benchmarks")
    shutil.copytree(ROOT, copy, ignore=left_out, dirs_exist_ok=True)
    ran(sys.executable, "-m", "build", "--no-isolation", "--outdir", dist, folder=copy)
    return dist


def one(built: Path, pattern: str) -> Path:
    (found,) = built.glob(pattern)
    return found


def test_both_packages_pass_the_check_of_the_index(built: Path) -> None:
    ran(sys.executable, "-m", "twine", "check", "--strict", *sorted(built.iterdir()), folder=built)


def test_the_wheel_holds_every_file_of_the_package_and_nothing_else(built: Path) -> None:
    with zipfile.ZipFile(one(built, "*.whl")) as wheel:
        packed = {
            name.removeprefix("coursesync/") for name in wheel.namelist() if name.startswith("coursesync/")
        }
        others = {name.partition("/")[0] for name in wheel.namelist()} - {"coursesync"}
    there = {
        path.relative_to(SRC).as_posix()
        for path in SRC.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert packed == there
    assert others == {f"coursesync-{__version__}.dist-info"}


def test_the_sdist_holds_what_a_build_needs(built: Path) -> None:
    with tarfile.open(one(built, "*.tar.gz")) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    assert {"pyproject.toml", "README.md", "LICENSE", "src/coursesync/templates/repo/_gitignore"} <= names
    assert not any(name.startswith(("tests/", ".venv/")) for name in names)


@pytest.fixture(scope="module")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel alone into a fresh environment, which borrows the packages it depends on."""
    home = tmp_path_factory.mktemp("environment")
    venv.create(home, with_pip=False, symlinks=True)
    python = home / "bin" / "python"
    site = Path(
        ran(
            python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", folder=home
        ).stdout.strip()
    )
    target = ("--no-index", "--no-deps", "--quiet", "--disable-pip-version-check", "--prefix", home)
    ran(
        sys.executable,
        "-m",
        "pip",
        "install",
        *target,
        "--ignore-installed",
        one(built, "*.whl"),
        folder=home,
    )
    borrowed = Path(sysconfig.get_path("purelib"))
    # A folder on the path, not a site: the checkout that is installed there must not come along.
    (site / "borrowed.pth").write_text(f"{borrowed}\n", "utf-8")
    return home / "bin"


def test_a_fresh_installation_has_every_command_and_all_its_data(installed: Path, tmp_path: Path) -> None:
    program = installed / "coursesync"
    where = ran(installed / "python", "-c", "import coursesync; print(coursesync.__file__)", folder=tmp_path)
    assert str(installed.parent) in where.stdout
    assert ran(program, "--version", folder=tmp_path).stdout == f"coursesync {__version__}\n"
    for name in COMMANDS:
        assert "Usage:" in ran(program, name, "--help", folder=tmp_path).stdout
    for forge in ("github", "gitlab"):
        ran(program, "init", forge, "--ci", forge, folder=tmp_path)
    repo = tmp_path / "github"
    ran(program, "validate", "--strict", folder=repo)
    # The sandbox, its seed, the page with its assets, and the schemas, in one run.
    ran(program, "demo", "--examples", repo, folder=tmp_path)
    ran(program, "validate", "--output", "html=page.html", folder=repo)
    assert "<script" in (repo / "page.html").read_text("utf-8")
    assert '"$schema"' in ran(program, "schema", "plan", folder=tmp_path).stdout


def test_the_container_is_small_and_runs_as_nobody_special() -> None:
    """No machine that builds images is at hand, so that the file is held to what a linter would say."""
    text = (ROOT / "Containerfile").read_text("utf-8")
    joined = text.replace("\\\n", " ")
    lines = [line for line in joined.splitlines() if line and not line.startswith("#")]
    words = [line.split(maxsplit=1)[0] for line in lines]
    known = {"FROM", "COPY", "RUN", "ENV", "WORKDIR", "USER", "ENTRYPOINT", "CMD"}
    assert set(words) <= known
    assert all(
        re.fullmatch(r"FROM python:3\.\d+-slim( AS \w+)?", line) for line in lines if line.startswith("FROM")
    )
    final = lines[max(number for number, word in enumerate(words) if word == "FROM") :]
    (user,) = [line for line in final if line.startswith("USER")]
    assert int(user.split()[1].partition(":")[0]) > 0
    assert final.index(user) < next(
        number for number, line in enumerate(final) if line.startswith("ENTRYPOINT")
    )
    assert not any(line.startswith("COPY") and "--from=" not in line for line in final)
    assert all("--no-cache-dir" in line for line in lines if "pip install" in line)
    assert all("rm -rf /var/lib/apt/lists/*" in line for line in lines if "apt-get install" in line)
    assert not re.search(r"TOKEN=|SECRET|PASSWORD", text)


def test_only_what_the_wheel_is_built_from_goes_into_the_build_of_the_container() -> None:
    lines = (ROOT / ".containerignore").read_text("utf-8").splitlines()
    assert lines[1] == "*"
    kept = [line[1:] for line in lines if line.startswith("!")]
    assert kept == ["pyproject.toml", "README.md", "LICENSE", "src"]
    assert all((ROOT / name).exists() for name in kept)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_shell_completes_commands_options_and_choices(shell: str, tmp_path: Path) -> None:
    """As docs/how-to/shell-completion.md sets it up; the script of a shell shows what click answers."""
    program = Path(sys.executable).with_name("coursesync")
    script = ran(program, folder=tmp_path, _COURSESYNC_COMPLETE=f"{shell}_source").stdout
    assert "_COURSESYNC_COMPLETE" in script
    page = (ROOT / "docs" / "how-to" / "shell-completion.md").read_text("utf-8")
    assert f"_COURSESYNC_COMPLETE={shell}_source" in page
    if shutil.which(shell):
        file = tmp_path / "completion"
        file.write_text(script, "utf-8")
        ran(shell, "-n", file, folder=tmp_path)

    def answers(line: str) -> set[str]:
        words = line.split(" ")
        given = {"COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)}
        if shell == "fish":
            given = {"COMP_WORDS": line, "COMP_CWORD": words[-1]}
        said = ran(program, folder=tmp_path, _COURSESYNC_COMPLETE=f"{shell}_complete", **given).stdout
        return set(re.split(r"[,\n\t]", said))

    assert {"validate", "fmt", "plan"} <= answers("coursesync ")
    assert "--detailed-exitcode" in answers("coursesync plan --det")
    assert {"github", "gitlab"} <= answers("coursesync init --ci g")


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
def test_bash_itself_completes(tmp_path: Path) -> None:
    program = Path(sys.executable).with_name("coursesync")
    said = ran(
        "bash",
        "--noprofile",
        "--norc",
        "-c",
        'eval "$(_COURSESYNC_COMPLETE=bash_source coursesync)"; COMP_WORDS=(coursesync va); COMP_CWORD=1; '
        'complete -p coursesync; _coursesync_completion coursesync va coursesync; echo "<${COMPREPLY[*]}>"',
        folder=tmp_path,
        PATH=f"{program.parent}{os.pathsep}{os.environ['PATH']}",
    ).stdout
    assert "-F _coursesync_completion" in said
    assert said.endswith("<validate>\n")
