"""Run the jobs of a workflow or pipeline as a forge would: the conditions, the shell, the environment."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from coursesync.forge.nouns import FOLDER

ROOT = Path(__file__).parents[2]
Upload = Callable[[str, Path], None]

# What stands for python: an environment it makes has coursesync in it, and pip installs nothing.
_PYTHON = """#!/bin/bash
if [[ "$1 $2" == "-m venv" ]]; then
  mkdir -p "$3/bin"
  ln -sf "{real}/coursesync" "$3/bin/coursesync"
  cp "$0" "$3/bin/python"
  exit 0
fi
echo "python $*" >>"{log}"
"""


@dataclass
class Machine:
    """A machine that runs jobs: programs that do nothing real come first on its path.

    installed: the log of what was to be installed.
    """

    folder: Path
    upload: Upload
    given: Mapping[str, str]
    output: str = ""
    uploaded: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.folder.mkdir(exist_ok=True)
        real = Path(sys.executable).parent
        self._program("python", _PYTHON.format(real=real, log=self.installed))
        self._program("apt-get", "#!/bin/bash\n")
        self._program("coursesync", f'#!/bin/bash\nexec "{real}/coursesync" "$@"\n')

    def _program(self, name: str, text: str) -> None:
        path = self.folder / name
        path.write_text(text, "utf-8")
        path.chmod(0o755)

    @property
    def installed(self) -> Path:
        return self.folder / "installed.log"

    def bash(self, script: str, *, folder: Path, environ: Mapping[str, str]) -> int:
        """Run a script as GitHub and GitLab run one and return its exit code."""
        home = {"HOME": str(self.folder), "GIT_CONFIG_GLOBAL": os.devnull, "LANG": "C.UTF-8"}
        path = f"{self.folder}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            cwd=folder,
            env={**home, **self.given, **environ, "PATH": path},
            capture_output=True,
            text=True,
            check=False,
        )
        self.output += done.stdout + done.stderr
        return done.returncode


@dataclass
class Workflow:
    """A workflow of GitHub with the values its expressions look up: github, vars, secrets, inputs."""

    path: Path
    values: dict[str, Any]

    @property
    def written(self) -> dict[str, Any]:
        found: dict[str, Any] = yaml.safe_load(self.path.read_text("utf-8"))
        return found

    def jobs(self) -> list[str]:
        """Return the jobs that would run."""
        return [name for name, job in self.written["jobs"].items() if self.worth(job.get("if", "true"))]

    def run(self, name: str, machine: Machine, *, folder: Path) -> int:
        """Run the steps of a job and return the exit code of the first that failed, or 0."""
        written = self.written
        environ = {key: self.filled(value) for key, value in written.get("env", {}).items()}
        code = 0
        for step in written["jobs"][name]["steps"]:
            if code == 0 and step.get("uses", "").startswith("coursesync/coursesync@"):
                given = {key: self.filled(value) for key, value in step["with"].items()}
                code = self._action(given, machine, folder, environ)
            else:
                assert step["uses"].startswith("actions/checkout@"), step
        return code

    def _action(
        self, given: Mapping[str, str], machine: Machine, folder: Path, environ: Mapping[str, str]
    ) -> int:
        action = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
        assert set(given) <= set(action["inputs"])
        defaults = {key: self.filled(item.get("default", "")) for key, item in action["inputs"].items()}
        inside = Workflow(self.path, {**self.values, "inputs": {**defaults, **given}})
        code = 0
        for step in action["runs"]["steps"]:
            if code and not inside.worth(step.get("if", "false")):
                continue
            if "run" in step:
                more = {key: inside.filled(value) for key, value in step.get("env", {}).items()}
                where = folder / inside.filled(step.get("working-directory", "."))
                code = code or machine.bash(step["run"], folder=where, environ={**environ, **more})
            elif step["uses"].startswith("actions/upload-artifact@"):
                name = inside.filled(step["with"]["name"])
                machine.uploaded.append(name)
                if (folder / FOLDER).is_dir():
                    machine.upload(name, folder / step["with"]["path"])
        return code

    def filled(self, text: object) -> str:
        """Return a text with its expressions replaced."""
        return re.sub(r"\$\{\{(.*?)\}\}", lambda found: str(self.worth(found[1]) or ""), str(text))

    def worth(self, expression: str) -> Any:
        """Return what an expression comes to."""
        pieces = re.split(r"('[^']*')", expression)
        return _worth([piece if piece[:1] == "'" else _python(piece) for piece in pieces], self._look)

    def _look(self, name: str) -> Any:
        found: Any = self.values
        for part in name.split("."):
            found = found.get(part) if isinstance(found, dict) else None
        return "" if found is None else found


def _python(piece: str) -> str:
    named = re.sub(r"[a-z][\w.-]*(?:\(\))?", lambda found: _name(found[0]), piece, flags=re.IGNORECASE)
    return named.replace("&&", " and ").replace("||", " or ").replace("\n", " ")


def _name(name: str) -> str:
    return {"always()": "True", "true": "True", "false": "False"}.get(name, f"look({name!r})")


def _worth(pieces: list[str], look: Callable[[str], Any]) -> Any:
    return eval("".join(pieces).strip(), {"look": look})


@dataclass
class Pipeline:
    """A pipeline of GitLab with the variables it is started with."""

    path: Path
    variables: dict[str, str]

    @property
    def written(self) -> dict[str, Any]:
        found: dict[str, Any] = yaml.safe_load(self.path.read_text("utf-8"))
        return found

    def jobs(self) -> list[str]:
        """Return the jobs that would run; none where the workflow does not."""
        written = self.written
        if not self._wanted(written["workflow"]):
            return []
        names = [name for name, item in written.items() if isinstance(item, dict) and "script" in item]
        return [name for name in names if self._wanted(written[name])]

    def _wanted(self, item: Mapping[str, Any]) -> bool:
        return any(self._worth(rule["if"]) for rule in item["rules"])

    def _worth(self, rule: str) -> Any:
        pieces = re.split(r'("[^"]*")', rule)
        known = self._variables({})
        return _worth(
            [
                piece
                if piece[:1] == '"'
                else re.sub(r"\$(\w+)", r"look('\1')", piece).replace("&&", " and ").replace("\n", " ")
                for piece in pieces
            ],
            lambda name: known.get(name),
        )

    def _variables(self, job: Mapping[str, Any]) -> dict[str, str]:
        declared = {**self.written["variables"], **job.get("variables", {})}
        plain = {
            name: str(value["value"] if isinstance(value, dict) else value)
            for name, value in declared.items()
        }
        return {**plain, **self.variables}

    def run(self, name: str, machine: Machine, *, folder: Path) -> int:
        """Run the script of a job and keep its artifacts; return its exit code."""
        written = self.written
        job, above = written[name], written[written[name]["extends"]]
        script = "\n".join([*above["before_script"], *job["script"]])
        code = machine.bash(script, folder=folder, environ=self._variables(job))
        assert above["artifacts"]["when"] == "always"
        machine.uploaded.append(name)
        for path in above["artifacts"]["paths"]:
            if (folder / path).is_dir():
                machine.upload(name, folder / path)
        return code
