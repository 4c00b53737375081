"""Files of courses: announced, received by a storage that knows no tokens, and available."""

from __future__ import annotations

import os
from typing import Any

import pytest

from tests.sandbox.desk import PATH, URL, Desk

PICTURE = b"\x89PNG\r\n\r\n--x\n\x00" + os.urandom(300)


def announce(desk: Desk, **more: Any) -> dict[str, Any]:
    body = {
        "name": "bio.png",
        "size": len(PICTURE),
        "content_type": "image/png",
        "parent_folder_path": "course_image",
        "on_duplicate": "rename",
    }
    answer = desk.ask("POST", f"{PATH}/files", json={**body, **more})
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert isinstance(found, dict)
    return found


def bring(desk: Desk, told: dict[str, Any], *, token: bool = False, **more: str) -> Any:
    bare = Desk(token="sandbox-admin" if token else None)
    bare.app = desk.app
    return bare.ask(
        "POST",
        told["upload_url"],
        data={**told["upload_params"], **more},
        files={told["file_param"]: ("bio.png", PICTURE, "image/png")},
    )


def uploaded(desk: Desk, **more: Any) -> dict[str, Any]:
    answer = bring(desk, announce(desk, **more))
    assert answer.status_code == 303, answer.text
    found = desk.get(answer.headers["location"]).json()
    assert isinstance(found, dict)
    return found


def test_a_file_comes_in_three_steps_and_can_be_the_image() -> None:
    desk = Desk()
    file = uploaded(desk)
    assert (file["display_name"], file["size"], file["content-type"]) == (
        "bio.png",
        len(PICTURE),
        "image/png",
    )
    assert desk.get(f"{PATH}/files/{file['id']}").json()["size"] == len(PICTURE)
    assert desk.get(f"/api/v1/files/{file['id']}").json()["id"] == file["id"]
    assert desk.ask("PUT", PATH, json={"course": {"image_id": file["id"]}}).status_code == 200
    assert desk.settings()["image_id"] == str(file["id"])


def test_a_file_that_was_only_announced_is_not_there_and_no_image() -> None:
    desk = Desk()
    told = announce(desk)
    number = told["upload_url"].rpartition("/")[2]
    assert desk.get(f"{PATH}/files/{number}").status_code == 404
    assert desk.ask("PUT", PATH, json={"course": {"image_id": int(number)}}).status_code == 400
    bring(desk, told)
    assert desk.get(f"{PATH}/files/{number}").status_code == 404


def test_the_storage_refuses_a_token_and_what_was_not_signed_and_a_second_time() -> None:
    desk = Desk()
    told = announce(desk)
    assert bring(desk, told, token=True).status_code == 400
    assert bring(desk, told, extra="x").status_code == 403
    assert bring(desk, told).status_code == 303
    assert bring(desk, told).status_code == 403


def test_a_name_that_is_taken_is_changed_or_the_other_file_is_gone() -> None:
    desk = Desk()
    first, second = uploaded(desk), uploaded(desk)
    assert second["display_name"] == "bio-1.png"
    assert uploaded(desk, parent_folder_path="elsewhere")["display_name"] == "bio.png"
    third = uploaded(desk, on_duplicate="overwrite")
    assert third["display_name"] == "bio.png"
    assert desk.get(f"{PATH}/files/{first['id']}").status_code == 404
    assert desk.get(f"{PATH}/files/{second['id']}").status_code == 200


def test_a_file_above_the_quota_is_refused() -> None:
    desk = Desk({"storage_quota": 1_048_576, "storage_used_mb": 1})
    answer = desk.ask("POST", f"{PATH}/files", json={"name": "a.png", "size": 1})
    assert (answer.status_code, answer.json()) == (400, {"message": "file size exceeds quota"})


def test_who_may_not_add_files_is_refused() -> None:
    desk = Desk()
    desk.sandbox.edit_user(1, denied=["manage_files_add"])
    assert desk.ask("POST", f"{PATH}/files", json={"name": "a.png"}).status_code == 200
    desk.sandbox.edit_user(1, denied=["manage_files_add", "manage_files"])
    assert desk.ask("POST", f"{PATH}/files", json={"name": "a.png"}).status_code == 401


@pytest.mark.parametrize("stored", ["created", "body"])
def test_a_storage_may_answer_that_it_is_done(stored: str) -> None:
    desk = Desk(stored=stored, storage="https://files.example.net", canvas=URL)
    told = announce(desk)
    assert told["upload_url"].startswith("https://files.example.net/")
    answer = bring(desk, told)
    assert answer.status_code == 201
    found = answer.json() if stored == "body" else desk.get(answer.headers["location"]).json()
    assert found["display_name"] == "bio.png"


def test_a_file_of_another_course_is_not_there() -> None:
    assert Desk().get(f"{PATH}/files/501").status_code == 404
