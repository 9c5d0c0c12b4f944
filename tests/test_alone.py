from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hoptac.alone import GAP, refers, stand_alone


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("He also thanked the embassy.", "en", True),
        ("The minister said so.", "en", True),
        ("The Ministry of Defence said so.", "en", False),
        ("Theodore spoke.", "en", False),
        ("During the talks, Lan spoke.", "en", True),
        ("Trade grew.", "en", False),
        ("Theo đó, hai bên ký.", "vi", True),
        ("Theo TTXVN, hai bên ký.", "vi", False),
        ("Ông cho biết thêm.", "vi", True),
        ("Ông Nguyễn Văn A cho biết thêm.", "vi", False),
        ("Bà con kiều bào đón Tết.", "vi", False),
        ("Hai mươi sinh viên nhận học bổng.", "vi", False),
        ("Он также поблагодарил.", "ru", True),
        ("Министр поблагодарил.", "ru", False),
        ("Tuy nhiên, giá tăng.", "other", True),
    ],
)
def test_openings_that_refer_back(text: str, language: str, expected: bool) -> None:
    assert refers(text, language) is expected


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("However, trade grew.", "en", f"{GAP} trade grew."),
        ("Ngoài ra, hai nước mở đường bay.", "vi", f"{GAP} hai nước mở đường bay."),
        ("HÀ NỘI (TTXVN) – Hai nước ký thỏa thuận.", "vi", f"{GAP} Hai nước ký thỏa thuận."),
        ("Trade grew by a tenth, the source said.", "en", f"Trade grew by a tenth {GAP}."),
        ("Giá điện tăng 8%, ông cho biết thêm.", "vi", f"Giá điện tăng 8% {GAP}."),
        ("Yes, the source said.", "en", "Yes, the source said."),
        ("Trade grew, the minister of energy said.", "en", "Trade grew, the minister of energy said."),
        ("However the vote goes, trade grows.", "en", "However the vote goes, trade grows."),
    ],
)
def test_what_is_dropped_leaves_a_mark(text: str, language: str, expected: str) -> None:
    assert stand_alone(text, language) == expected


def test_a_connective_stays_where_its_sentence_is_there() -> None:
    assert stand_alone("However, trade grew.", "en", follows=True) == "However, trade grew."


@example("AA(AA)–A", "en")
@given(st.text(alphabet="hHowevr, .()–-abcA", max_size=60), st.sampled_from(["en", "vi", "ru", "other"]))
def test_what_is_left_is_the_sentence_s_own(text: str, language: str) -> None:
    left = stand_alone(text, language)
    place = 0
    for part in left.split(GAP):
        place = text.index(part.strip(), place) + len(part.strip())
    assert left == text or len(left.split()) <= len(text.split())
