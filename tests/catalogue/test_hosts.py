"""Which addresses are copies of production that Canvas overwrites."""

from __future__ import annotations

import pytest

from coursesync.catalogue.hosts import overwritten


@pytest.mark.parametrize(
    ("url", "copy"),
    [
        ("https://school.beta.instructure.com", "beta"),
        ("https://school.test.instructure.com", "test"),
        ("https://school.instructure.com", None),
        ("https://beta.instructure.com", None),
        ("https://school.beta.instructure.com.example.edu", None),
        ("https://canvas.beta.example.edu", None),
        ("http://127.0.0.1:3000", None),
        ("https://[", None),
        ("", None),
    ],
)
def test_a_copy_of_production_is_known_by_its_address(url: str, copy: str | None) -> None:
    found = overwritten(url)
    assert (found[0] if found else None) == copy
