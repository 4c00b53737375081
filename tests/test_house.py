"""The house rules: who may import whom, which package lives where, how long a file or function may be."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SRC = Path(__file__).parents[1] / "src" / "coursesync"
MODULES = sorted(SRC.rglob("*.py"))

# Imports go only to lower rungs; packages of one rung do not know each other.
RUNGS = [
    {"diagnostics", "progress"},
    {"errors"},
    {"disk"},
    {"catalogue"},
    {"model"},
    {"documents"},
    {"manifest", "canvas", "steps", "render", "runs", "forge"},
    {"workflow"},
    {"cli"},
]

# Every outside package has one home.
HOMES = {
    "pydantic": {"manifest/models.py", "documents"},
    "pydantic_core": {"documents"},
    "ruamel": {"manifest/yaml.py", "manifest/dump.py", "manifest/edit", "manifest/layout"},
    "httpx": {"canvas", "forge"},
    "keyring": {"canvas/credentials.py"},
    "tenacity": {"canvas"},
    "jinja2": {"render/html"},
    "junitparser": {"render/junit.py"},
    "deepdiff": {"steps/diff.py"},
    "click": {"cli"},
    "rich": {"cli", "render/text"},
    "markdown_it": {"manifest"},
    "rfc8785": {"documents"},
    "starlette": {"sandbox"},
    "uvicorn": {"sandbox"},
    "nh3": {"sandbox"},
    "graphql": {"sandbox"},
    "sqlite3": {"sandbox"},
    "filelock": {"workflow/lock.py"},
    "asyncio": {"canvas", "workflow", "cli", "sandbox"},
    "subprocess": {"cli"},
}

# Tables of facts may be longer than a file that people read from top to bottom.
TABLES = {"catalogue/course.py"}


def _name(path: Path) -> str:
    return path.relative_to(SRC).as_posix()


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module or ""


def _rung(part: str) -> int:
    return next(number for number, parts in enumerate(RUNGS) if part in parts)


def _part(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else ""


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_imports_go_only_to_lower_rungs(path: Path) -> None:
    part = _name(path).split("/")[0].removesuffix(".py")
    if part in {"__init__", "__main__", "sandbox"}:
        return
    for module in _imports(path):
        imported = _part(module)
        if not module.startswith("coursesync.") or imported == part:
            continue
        if imported == "sandbox":
            assert part == "cli", f"{_name(path)} imports the sandbox"
            continue
        assert _rung(imported) < _rung(part), f"{_name(path)} imports {module}"


@pytest.mark.parametrize("path", [path for path in MODULES if _name(path).startswith("sandbox/")], ids=_name)
def test_the_sandbox_imports_nothing_of_ours(path: Path) -> None:
    foreign = [
        module
        for module in _imports(path)
        if module.startswith("coursesync") and not module.startswith("coursesync.sandbox")
    ]
    assert foreign == []


@pytest.mark.parametrize("path", sorted((SRC / "steps").glob("*.py")), ids=_name)
def test_a_step_imports_no_other_step(path: Path) -> None:
    assert [module for module in _imports(path) if module.startswith("coursesync.steps")] == []


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_outside_packages_stay_in_their_home(path: Path) -> None:
    for module in _imports(path):
        homes = HOMES.get(module.split(".")[0])
        if homes is not None:
            assert any(_name(path).startswith(home) for home in homes), f"{_name(path)} imports {module}"


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_files_and_functions_stay_small_and_say_what_they_are(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    tree = _tree(path)
    assert ast.get_docstring(tree), f"{_name(path)} has no docstring"
    assert len(text.splitlines()) <= 400 or _name(path) in TABLES, f"{_name(path)} is too long"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or 0) - node.lineno + 1
            options = len(node.args.args) + len(node.args.kwonlyargs)
            assert length - options <= 50, f"{_name(path)}: {node.name} has {length} lines"


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_nothing_is_printed_or_executed_outside_the_command_line(path: Path) -> None:
    called = {
        node.func.id
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert not called & {"print", "exec", "eval", "breakpoint", "input"}


def test_only_the_boundary_catches_everything() -> None:
    catching = [
        _name(path)
        for path in MODULES
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.ExceptHandler)
        and (
            node.type is None
            or (isinstance(node.type, ast.Name) and node.type.id in {"Exception", "BaseException"})
        )
    ]
    assert set(catching) <= {"cli/__init__.py", "sandbox/errors.py", "sandbox/app.py"}
