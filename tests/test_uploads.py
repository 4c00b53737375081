"""Images by file, from the manifest to Canvas: uploaded where they differ, once, and as shown."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest

from coursesync.catalogue.pictures import LARGEST
from coursesync.documents import dump_plan, dump_snapshot, load_plan, load_snapshot
from coursesync.documents.text import digest_in
from coursesync.errors import PlanFileError
from coursesync.model import Base, DriftClass, Plan, Report, Snapshot, Source, Verdict
from coursesync.render import RENDERERS, Look
from coursesync.runs import Run
from coursesync.sandbox.faults import Fault
from coursesync.workflow import Against, Choice, Fleet, SavedSource, Stop, make_plan, save_live
from tests.accepting import Desk
from tests.inprocess import InProcess
from tests.lab import URL, Lab

STORAGE = "https://files.example.net"
PNG = b"\x89PNG\r\n\x1a\n"
FIELD = "attributes.image_id"
BASE = Base(ref="main", commit="0" * 40)
MANIFEST = """\
courses:
  - id: 4101
    attributes:
      image: {file: images/bio.png}
"""


class Bench(Lab):
    """A laboratory that remembers what left for where."""

    ways: ClassVar[list[InProcess]] = []

    def transport(self) -> InProcess:
        self.ways.append(InProcess(self.app, sleep=self.time.sleep))
        return self.ways[-1]


def lab(
    root: Path, *faults: Fault, manifest: str = MANIFEST, content: bytes = b"one", **options: Any
) -> Bench:
    Bench.ways.clear()
    made = Bench(root, options={"storage": STORAGE, "canvas": URL, "faults": faults, **options})
    made.write(manifest)
    paint(made, content)
    return made


def paint(lab: Lab, content: bytes, name: str = "images/bio.png") -> None:
    file = lab.root / name
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(PNG + content)


def image(lab: Lab, course: int = 4101) -> str | None:
    found = lab.sandbox.course(course)["settings"].get("image_id")
    assert found is None or isinstance(found, str)
    return found


def files(lab: Lab, course: int = 4101) -> list[str]:
    rows = lab.sandbox.store.where("files", course_id=course)
    return [row["name"] for row in rows if row["state"] == "available" and row["folder"]]


def verdicts(report: Report) -> list[Verdict]:
    return [item.verdict for course in report.courses for item in course.fields]


def forget(lab: Lab) -> None:
    """Take the record of earlier runs away, as in a fresh checkout."""
    for journal in lab.root.glob(".coursesync/runs/*/*"):
        journal.unlink()


def test_a_picture_is_uploaded_and_named_and_there_is_nothing_left_to_do(tmp_path: Path) -> None:
    bench = lab(tmp_path)
    plan = bench.plan()
    assert [(item.method, item.path) for item in plan.requests] == [
        ("POST", "/api/v1/courses/4101/files"),
        ("PUT", "/api/v1/courses/4101"),
    ]
    (upload,) = plan.uploads
    assert (upload.path, upload.name, upload.folder, upload.size) == (
        "images/bio.png",
        "bio.png",
        "course_image",
        11,
    )
    report = bench.apply(plan)
    assert verdicts(report) == [Verdict.APPLIED]
    assert files(bench) == ["bio.png"]
    (done,) = report.uploads
    assert image(bench) == str(done.id)
    assert (done.path, done.sha256, done.leftovers) == ("images/bio.png", upload.sha256, 0)
    after = bench.plan()
    assert after.requests == ()
    assert after.uploads == ()


def test_only_what_differs_is_uploaded_and_the_old_file_stays(tmp_path: Path) -> None:
    bench = lab(tmp_path)
    bench.apply(bench.plan())
    first = image(bench)
    paint(bench, b"two")
    bench.apply(bench.plan())
    assert image(bench) != first
    assert files(bench) == ["bio.png", "bio-1.png"]
    assert bench.plan().requests == ()


def test_our_own_record_says_more_than_name_and_size(tmp_path: Path) -> None:
    bench = lab(tmp_path, content=b"one")
    bench.apply(bench.plan())
    paint(bench, b"two")
    assert len(bench.plan().uploads) == 1


def test_without_a_record_name_and_size_tell(tmp_path: Path) -> None:
    bench = lab(tmp_path)
    bench.apply(bench.plan())
    paint(bench, b"two")
    bench.apply(bench.plan())
    forget(bench)
    # The name has got a number in Canvas.
    assert files(bench)[-1] == "bio-1.png"
    assert bench.plan().uploads == ()
    paint(bench, b"longer")
    assert len(bench.plan().uploads) == 1


@pytest.mark.parametrize("change", [{"state": "deleted"}, {"state": "locked"}, {"name": "other.png"}])
def test_a_file_that_is_gone_locked_or_called_otherwise_differs(
    tmp_path: Path, change: dict[str, str]
) -> None:
    bench = lab(tmp_path)
    bench.apply(bench.plan())
    forget(bench)
    bench.sandbox.store.update("files", int(image(bench) or 0), change)
    assert len(bench.plan().uploads) == 1


def test_a_picture_for_many_courses_is_uploaded_to_each(tmp_path: Path) -> None:
    manifest = """\
policies:
  - name: biology
    select: {account: 1, name: "BIO *"}
    attributes:
      image: {file: images/bio.png}
"""
    bench = lab(tmp_path, manifest=manifest)
    bench.account = "1"
    plan = bench.plan()
    assert len(plan.uploads) > 1
    assert len(plan.groups[0].courses) == len(plan.uploads)
    report = bench.apply(plan)
    assert set(verdicts(report)) == {Verdict.APPLIED}
    assert len(report.uploads) == len(plan.uploads)
    assert bench.plan().uploads == ()


def test_the_banner_has_its_own_folder(tmp_path: Path) -> None:
    bench = lab(tmp_path, manifest=MANIFEST.replace("image:", "banner_image:"))
    bench.apply(bench.plan())
    assert bench.sandbox.course(4101)["settings"]["banner_image_id"]
    rows = bench.sandbox.store.where("files", course_id=4101)
    assert [row["folder"] for row in rows if row["folder"]] == ["course_banner_image"]


def test_a_picture_that_changed_since_the_plan_leaves_its_course_stale(tmp_path: Path) -> None:
    bench = lab(tmp_path)
    plan = bench.plan()
    paint(bench, b"two")
    report = bench.apply(plan)
    assert verdicts(report) == [Verdict.STALE]
    assert "images/bio.png changed since the plan" in report.courses[0].fields[0].message
    assert bench.sent() == []


def test_a_picture_that_is_gone_since_the_plan_leaves_its_course_stale(tmp_path: Path) -> None:
    bench = lab(tmp_path)
    plan = bench.plan()
    (tmp_path / "images/bio.png").unlink()
    report = bench.apply(plan)
    assert verdicts(report) == [Verdict.STALE]
    assert "There is no file" in report.courses[0].fields[0].message
    assert bench.sent() == []


def test_a_change_that_is_left_out_leaves_its_upload_out(tmp_path: Path) -> None:
    bench = lab(tmp_path, manifest=MANIFEST + "      name: Biology\n")
    plan = bench.plan()
    (number,) = [change.id for change in plan.courses[0].changes if change.field == FIELD]
    report = bench.apply(plan, choice=Choice(left_out=frozenset({number})))
    assert report.uploads == ()
    assert [path for method, path, _ in bench.sent()] == ["/api/v1/courses/4101"]
    assert bench.sandbox.course(4101)["name"] == "Biology"


def test_the_image_alone_can_be_chosen(tmp_path: Path) -> None:
    bench = lab(tmp_path, manifest=MANIFEST + "      name: Biology\n")
    plan = bench.plan()
    (number,) = [change.id for change in plan.courses[0].changes if change.field == FIELD]
    report = bench.apply(plan, choice=Choice(only=frozenset({number})))
    assert [item.verdict for item in report.courses[0].fields] == [Verdict.APPLIED]
    assert bench.sandbox.course(4101)["name"] != "Biology"


def test_what_canvas_says_of_its_quota_is_shown_and_the_rest_of_the_course_is_held(tmp_path: Path) -> None:
    bench = lab(tmp_path, manifest=MANIFEST + "      name: Biology\n")
    bench.sandbox.edit(4101, storage_quota=1_048_576, storage_used_mb=1)
    report = bench.apply(bench.plan())
    messages = [item.message for item in report.courses[0].fields]
    assert any("file size exceeds quota" in message for message in messages)
    assert image(bench) is None
    assert bench.sandbox.course(4101)["name"] != "Biology"


def test_who_may_not_add_files_is_told_before_anything_is_sent(tmp_path: Path) -> None:
    bench = lab(tmp_path)
    bench.sandbox.edit_user(1, denied=["manage_files_add", "manage_files"])
    plan = bench.plan()
    assert any("add files to the course (manage_files_add)" in item.detail for item in plan.diagnostics)
    bench.apply(plan)
    assert bench.sent() == []


def test_undo_puts_the_old_file_back(tmp_path: Path) -> None:
    bench = lab(tmp_path)
    bench.sandbox.edit(4101, settings={"image_id": "501"})
    bench.apply(bench.plan())
    undone = bench.undo()
    assert undone.uploads == ()
    assert verdicts(bench.apply(undone)) == [Verdict.APPLIED]
    assert image(bench) == "501"


def test_an_image_address_is_cleared_by_a_file(tmp_path: Path) -> None:
    bench = lab(tmp_path)
    bench.sandbox.edit(4101, settings={"image_url": "https://a.example/b.png"})
    plan = bench.plan()
    assert [effect.field for effect in plan.courses[0].side_effects] == ["attributes.image_url"]
    report = bench.apply(plan)
    assert {item.verdict for item in report.courses[0].fields} == {Verdict.APPLIED}


@pytest.mark.parametrize("path", ["**/files", "/file_storage/**", "**/create_success", "/api/v1/courses/*"])
@pytest.mark.parametrize("what", ["reset", "hang"])
def test_a_lost_answer_costs_nothing(tmp_path: Path, path: str, what: str) -> None:
    method = "PUT" if path.endswith("*") and "courses" in path else "*"
    bench = lab(tmp_path, Fault(what=what, method=method, path=path, times=1, done=True))
    report = bench.apply(bench.plan())
    assert verdicts(report) == [Verdict.APPLIED]
    assert image(bench) == str(report.uploads[0].id)


def test_a_storage_that_never_answers_is_told_of(tmp_path: Path) -> None:
    bench = lab(tmp_path, Fault(what="reset", path="/file_storage/**"))
    report = bench.apply(bench.plan())
    assert verdicts(report) == [Verdict.FAILED]
    assert "A file may be left in the course that nothing uses" in report.courses[0].fields[0].message
    assert image(bench) is None


class Killed(SystemExit):
    """The process ends here."""


@pytest.mark.parametrize("after", ["uploaded", '"result": "ok"'])
def test_a_run_that_was_killed_between_upload_and_change_uploads_nothing_again(
    tmp_path: Path, after: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = lab(tmp_path)
    plan = bench.plan()
    usual = Run.write

    def write(run: Run, lines: str) -> None:
        usual(run, lines)
        if after in lines:
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Run, "write", write)
        with pytest.raises(Killed):
            bench.apply(plan)
    assert image(bench) is None
    assert files(bench) == ["bio.png"]
    report = bench.resume()
    assert verdicts(report) == [Verdict.APPLIED]
    assert files(bench) == ["bio.png"]
    assert image(bench) == str(report.uploads[0].id)


def test_a_run_that_was_stopped_before_the_upload_is_taken_up_with_it(tmp_path: Path) -> None:
    bench = lab(tmp_path)
    plan = bench.plan()
    stop = Stop()
    stop.set("Interrupted.", interrupted=True)
    bench.apply(plan, stop=stop)
    assert bench.sent() == []
    assert verdicts(bench.resume()) == [Verdict.APPLIED]


def test_a_plan_whose_upload_was_altered_is_refused(tmp_path: Path) -> None:
    bench = lab(tmp_path)
    plan = bench.plan()
    for altered in _altered(plan):
        with pytest.raises(PlanFileError):
            bench.apply(altered)
    assert bench.sent() == []


def _altered(plan: Plan) -> list[Plan]:
    post, put = plan.requests
    upload = plan.uploads[0]
    return [
        replace(plan, uploads=(replace(upload, path="secrets.png"),)),
        replace(plan, uploads=()),
        replace(plan, requests=(post, replace(put, body={"course": {"image_id": 501}}))),
        replace(plan, requests=(replace(post, body={**post.body, "on_duplicate": "overwrite"}), put)),
        replace(plan, requests=(put,)),
    ]


def test_a_plan_may_not_upload_what_is_no_picture_of_the_project(tmp_path: Path) -> None:
    bench = lab(tmp_path)
    (tmp_path / "secrets.env").write_bytes(PNG)
    plan = bench.plan()
    for path in ("secrets.env", "../outside.png", "/etc/passwd"):
        report = bench.apply(_renamed(plan, path))
        assert verdicts(report) == [Verdict.STALE], path
        forget(bench)
    assert bench.sent() == []


def _renamed(plan: Plan, path: str) -> Plan:
    """Return a plan that somebody made to upload another file, and sealed anew."""
    text = dump_plan(plan).replace("images/bio.png", path).replace('"bio.png"', f'"{Path(path).name}"')
    found = json.loads(text)
    found["digest"] = digest_in(found, name="plan")
    return load_plan(json.dumps(found), name="plan")


def test_a_link_is_uploaded_under_its_own_name_and_may_not_lead_out(tmp_path: Path) -> None:
    bench = lab(tmp_path)
    bio = tmp_path / "images/bio.png"
    bio.rename(tmp_path / "stored.bin")
    bio.symlink_to(tmp_path / "stored.bin")
    assert bench.plan().uploads[0].name == "bio.png"
    assert verdicts(bench.apply(bench.plan())) == [Verdict.APPLIED]
    bio.unlink()
    bio.symlink_to("/etc/hostname")
    assert [item.code for item in bench.problems()] == ["outside-project"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no pipes")
def test_a_pipe_is_no_picture_and_one_that_is_too_large_is_refused(tmp_path: Path) -> None:
    bench = lab(tmp_path)
    bio = tmp_path / "images/bio.png"
    bio.write_bytes(PNG + bytes(LARGEST))
    assert [item.code for item in bench.problems()] == ["too-large"]
    bio.unlink()
    os.mkfifo(bio)
    assert [item.code for item in bench.problems()] == ["missing-file"]


@pytest.mark.parametrize("form", RENDERERS)
def test_every_format_says_which_file_goes_where(tmp_path: Path, form: str) -> None:
    bench = lab(tmp_path)
    plan = bench.plan()
    shown = RENDERERS[form](plan, Look(verbose=True))
    assert "images/bio.png" in shown
    assert "course_image" in shown
    assert "whatever Canvas decides" not in shown
    done = RENDERERS[form](bench.apply(plan), Look(verbose=True))
    # SARIF holds what is wrong, and nothing is.
    assert form == "sarif" or "uploaded as bio.png, file" in done
    paint(bench, b"two")
    assert "images/bio.png" in RENDERERS[form](bench.drift(), Look(verbose=True))


def test_a_saved_state_knows_the_files_that_were_declared(tmp_path: Path) -> None:
    bench = lab(tmp_path)
    bench.apply(bench.plan())
    snapshot = load_snapshot(dump_snapshot(_saved(bench)), name="snapshot")
    assert _planned_offline(bench, snapshot).uploads == ()
    paint(bench, b"two")
    assert len(_planned_offline(bench, snapshot).uploads) == 1


def test_a_saved_state_that_does_not_know_a_file_says_so(tmp_path: Path) -> None:
    bench = lab(tmp_path, manifest="courses:\n  - id: 4101\n    attributes: {image_id: 501}\n")
    bench.sandbox.edit(4101, settings={"image_id": "501"})
    snapshot = _saved(bench)
    bench.write(MANIFEST)
    plan = _planned_offline(bench, snapshot)
    assert [item.code for item in plan.diagnostics] == ["file-unchecked"]
    assert len(plan.uploads) == 1


def _saved(bench: Bench) -> Snapshot:
    _, resolved, _ = bench.resolved()

    async def work() -> Snapshot:
        async with bench.canvas(read_only=True) as canvas:
            found, _ = await save_live(
                Fleet(resolved=resolved), bench.source(canvas), url=URL, clock=bench.clock
            )
            return found

    return bench.run(work())


def _planned_offline(bench: Bench, snapshot: Snapshot) -> Plan:
    loaded, resolved, _ = bench.resolved()
    source = Source(manifests=loaded.files)
    work = make_plan(
        Fleet(resolved=resolved), SavedSource(snapshot), url=URL, manifests=source, clock=bench.clock
    )
    return bench.run(work)


def test_the_side_that_moved_is_known_by_the_content_at_the_base(tmp_path: Path) -> None:
    bench = lab(tmp_path)
    bench.apply(bench.plan())
    bench.sandbox.edit(4101, settings={"image_id": "501"})
    moved = bench.drift(Against(base=BASE, resolved=bench.resolved()[1])).courses[0].fields
    assert [item.class_ for item in moved] == [DriftClass.LIVE_CHANGED]
    before = bench.resolved()[1]
    paint(bench, b"two")
    moved = bench.drift(Against(base=BASE, resolved=before)).courses[0].fields
    assert [item.class_ for item in moved] == [DriftClass.CONFLICT]


def test_a_live_image_is_not_accepted_where_a_file_is_declared(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.write(MANIFEST)
    paint(desk, b"one")
    desk.sandbox.edit(4101, settings={"image_id": "501"})
    done = desk.accept()
    assert [item.code for item in done.refused] == ["not-accepted"]
    assert "No file of the project is known to be the file 501" in done.refused[0].detail
    assert desk.text() == MANIFEST


def test_content_that_differs_is_drift_and_uploads_nothing(tmp_path: Path) -> None:
    bench = lab(tmp_path)
    bench.apply(bench.plan())
    assert bench.drift().totals["courses_drifted"] == 0
    paint(bench, b"two")
    before = len(bench.sent())
    assert bench.drift().totals["courses_drifted"] == 1
    assert len(bench.sent()) == before


def test_the_storage_never_sees_the_token(tmp_path: Path) -> None:
    bench = lab(tmp_path)
    bench.apply(bench.plan())
    left = [item for way in bench.ways for item in way.left]
    assert {item.authorization for item in left if item.origin == STORAGE} == {None}
    assert {item.origin for item in left} == {URL, STORAGE}
