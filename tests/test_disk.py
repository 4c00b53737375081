"""Files are there whole or not at all, private where they should be, and read no further than they reach."""

from __future__ import annotations

import os
import resource
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from coursesync import disk
from coursesync.errors import UsageProblem


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_file_of_the_user_has_what_their_umask_leaves(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        disk.put(tmp_path / "deep" / "plan.json", "x")
    finally:
        os.umask(before)
    assert mode(tmp_path / "deep" / "plan.json") == 0o640


def test_a_private_file_is_private_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        disk.replace(tmp_path / "journal", b"x", mode=disk.PRIVATE)
        disk.append(tmp_path / "lines", b"x")
    finally:
        os.umask(before)
    assert (mode(tmp_path / "journal"), mode(tmp_path / "lines")) == (0o600, 0o600)


def test_a_file_that_exists_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("old", encoding="utf-8")
    path.chmod(0o604)
    disk.put(path, "new")
    assert (mode(path), path.read_text("utf-8")) == (0o604, "new")


def test_a_link_is_followed_and_stays(tmp_path: Path) -> None:
    """Whoever names a file on the command line means it; a receipt may well live on another disk."""
    target, link = tmp_path / "elsewhere.json", tmp_path / "receipt.json"
    link.symlink_to(target)
    disk.put(link, "x")
    assert link.is_symlink()
    assert target.read_text("utf-8") == "x"


def test_a_link_put_where_the_new_file_is_prepared_is_not_written_through(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious", encoding="utf-8")
    path = tmp_path / "plan.json"
    path.with_name(f".plan.json.{os.getpid()}.tmp").symlink_to(victim)
    disk.put(path, "x")
    assert victim.read_text("utf-8") == "precious"
    assert path.read_text("utf-8") == "x"
    assert sorted(item.name for item in tmp_path.iterdir()) == ["plan.json", "victim"]


def test_what_cannot_be_replaced_is_still_there(tmp_path: Path) -> None:
    folder = tmp_path / "plan.json"
    folder.mkdir()
    with pytest.raises(OSError, match="directory"):
        disk.replace(folder, b"x", mode=disk.SHARED)
    assert [item.name for item in tmp_path.iterdir()] == ["plan.json"]


WRITE = """
import sys
from pathlib import Path
from coursesync import disk
from coursesync.errors import UsageProblem
path, how = Path(sys.argv[1]), sys.argv[2]
try:
    if how == "put":
        disk.put(path, "n" * 100_000)
    else:
        with disk.access(path):
            disk.append(path, b"n" * 100_000)
except UsageProblem as error:
    print(error.message)
else:
    print("written")
"""


@pytest.mark.parametrize("how", ["put", "append"])
def test_a_write_that_the_system_cuts_short_leaves_what_was_there(tmp_path: Path, how: str) -> None:
    """A limit on the size of files fails in the middle of a write, as a full disk does."""
    path = tmp_path / "kept"
    path.write_text("old", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", WRITE, str(path), how],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000)),
    )
    assert "cannot be written: File too large" in done.stdout, done.stderr
    assert path.read_text("utf-8") == "old"
    assert [item.name for item in tmp_path.iterdir()] == ["kept"]


def test_a_device_is_read_by_nobody() -> None:
    with pytest.raises(OSError, match="no regular file"):
        disk.content(Path("/dev/zero"), most=10)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="no regular file"):
        disk.content(tmp_path / "pipe", most=10)


def test_no_more_is_read_than_one_byte_too_many(tmp_path: Path) -> None:
    with (tmp_path / "sparse").open("wb") as stream:
        stream.truncate(2**40)
    assert len(disk.content(tmp_path / "sparse", most=10)) == 11


def test_a_file_that_is_too_long_is_refused_before_it_fills_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_bytes(b"x" * 100)
    assert disk.text_in(path, "a plan", most=100) == "x" * 100
    with pytest.raises(UsageProblem, match="cannot be read as a plan: it has more than 99 bytes"):
        disk.text_in(path, "a plan", most=99)


def test_a_link_put_in_the_place_of_a_checked_file_is_not_read(tmp_path: Path) -> None:
    root = tmp_path / "project"
    root.mkdir()
    (tmp_path / "secret").write_text("secret", encoding="utf-8")
    (root / "page.md").symlink_to(tmp_path / "secret")
    with pytest.raises(OSError, match="exchanged"):
        disk.content(root / "page.md", most=10, root=root)


def test_a_link_put_in_the_place_of_a_checked_folder_is_not_read(tmp_path: Path) -> None:
    root, other = tmp_path / "project", tmp_path / "other"
    for folder in (root, other):
        folder.mkdir()
    (other / "page.md").write_text("secret", encoding="utf-8")
    (root / "content").symlink_to(other)
    with pytest.raises(OSError, match="exchanged"):
        disk.content(root / "content" / "page.md", most=10, root=root)


def test_what_the_disk_refuses_is_a_sentence(tmp_path: Path) -> None:
    with (
        pytest.raises(UsageProblem, match="cannot be read: No such file"),
        disk.access(tmp_path, doing="read"),
    ):
        disk.content(tmp_path / "nothing", most=1)
