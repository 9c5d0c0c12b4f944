"""Bytes -> text: the same text whatever the encoding, and an error that names what was found."""

from __future__ import annotations

import os
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hoptac.decode import decode, normalise
from hoptac.errors import InputError

VIETNAMESE = "Bộ trưởng Quốc phòng hai nước đã ký thoả thuận hợp tác về đào tạo tại Hà Nội."
RUSSIAN = "Министры обороны двух стран подписали соглашение о сотрудничестве в Москве."
ENGLISH = "The ministers signed a “plan” – their first – for café owners in Hanoi, the host’s aide said."

# The first text in the old encodings, as a program shows it that takes the bytes for windows-1252.
TCVN3 = "Bé tr\xadëng Quèc phßng hai n\xadíc ®· ký tho¶ thuËn hîp t¸c vÒ ®µo t¹o t¹i Hµ Néi."
VNI = "Boä tröôûng Quoác phoøng hai nöôùc ñaõ kyù thoaû thuaän hôïp taùc veà ñaøo taïo taïi Haø Noäi."
WINDOWS_1258 = (
    b"B\xf4\xf2 tr\xfd\xf5\xd2ng Qu\xf4\xecc pho\xccng hai n\xfd\xf5\xecc \xf0a\xde ky\xec thoa\xd2"
    b" thu\xe2\xf2n h\xf5\xf2p t\xe1c v\xea\xcc \xf0\xe0o ta\xf2o ta\xf2i H\xe0 N\xf4\xf2i."
)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"], ids=lambda name: name
)
@pytest.mark.parametrize("text", [VIETNAMESE, RUSSIAN, ENGLISH], ids=["vi", "ru", "en"])
def test_unicode_with_and_without_mark(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text
    assert decode(unicodedata.normalize("NFD", text).encode(encoding)) == text


def test_windows_1258_becomes_precomposed() -> None:
    assert decode(WINDOWS_1258) == VIETNAMESE


@pytest.mark.parametrize("encoding", ["cp1251", "koi8_r"])
def test_russian_one_byte_encodings(encoding: str) -> None:
    assert decode(RUSSIAN.encode(encoding)) == RUSSIAN


def test_windows_1252() -> None:
    assert decode(ENGLISH.encode("cp1252")) == ENGLISH


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8"])
@pytest.mark.parametrize(("shown", "name"), [(TCVN3, "TCVN3"), (VNI, "VNI")])
def test_font_encodings_are_named(shown: str, name: str, encoding: str) -> None:
    with pytest.raises(InputError, match=rf"old\.txt: .*{name}.*; try "):
        decode(shown.encode(encoding), "old.txt")


@pytest.mark.parametrize(
    ("data", "offset"),
    [
        (VIETNAMESE.encode() + b"\xff", len(VIETNAMESE.encode())),
        ("Cắt ở Hà Nộ".encode()[:-1], len("Cắt ở Hà N".encode())),
        (b"A sentence in English. \xff\xc3", 23),
        (b"one\ntwo \xc3\x28", 8),
    ],
)
def test_broken_utf8_names_the_byte(data: bytes, offset: int) -> None:
    with pytest.raises(InputError, match=rf"^a\.txt: broken UTF-8 at byte {offset}\b.*; try "):
        decode(data, "a.txt")


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"text\0text", "binary"),
        (bytes(range(256)) * 4, "binary"),
        (b"%PDF-1.7\n", "PDF"),
        (b"PK\x03\x04\x14", "Word"),
        (b"\x1f\x8b\x08\x00", "gzip"),
    ],
)
def test_what_is_no_text(data: bytes, what: str) -> None:
    with pytest.raises(InputError, match=rf"^x: .*{what}.*; try "):
        decode(data, "x")


def test_a_large_binary_file_fails_at_once() -> None:
    data = os.urandom(50_000_000)
    start = time.perf_counter()
    with pytest.raises(InputError):
        decode(data)
    assert time.perf_counter() - start < 0.5


def test_line_ends_controls_and_invisible_characters() -> None:
    assert normalise("a\r\nb\rc\u2028d\x85e") == "a\nb\nc\nd\ne"
    assert normalise("Vi\u00adệt\u200b \x07Nam\ufeff\ud800") == "Việt Nam"


@given(st.text())
def test_normalise_is_idempotent_and_blind_to_composition(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
    assert normalise(unicodedata.normalize("NFD", text)) == once
    assert "\r" not in once
    once.encode()


@given(st.binary(max_size=400))
def test_any_bytes_are_text_or_an_input_error(data: bytes) -> None:
    message = None
    try:
        decode(data, "any").encode()
    except InputError as error:
        message = str(error)
    assert message is None or (message.startswith("any: ") and "; try " in message and "\n" not in message)
