"""What error messages leave out."""

from __future__ import annotations

import pytest

from mallard.errors import without_password


@pytest.mark.parametrize(
    ("text", "password", "expected"),
    [
        ("cannot reach mysql://root:s3cret@host", "s3cret", "cannot reach mysql://root:***@host"),
        ("cannot reach mysql://root:p%40ss+word@host", "p@ss word", "cannot reach mysql://root:***@host"),
        ("cannot reach mysql://root:p%40ss%20word@host", "p@ss word", "cannot reach mysql://root:***@host"),
        (
            "Access denied for user 'reader', url u:r@host",
            "r",
            "Access denied for user 'reader', url u:***@host",
        ),
        ("Access denied (using password: NO)", "", "Access denied (using password: NO)"),
    ],
)
def test_a_message_shows_no_password_and_stays_readable(text: str, password: str, expected: str) -> None:
    assert without_password(text, password) == expected
