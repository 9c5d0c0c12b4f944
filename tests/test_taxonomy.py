from __future__ import annotations

import time
from pathlib import Path

import pytest

from fakes import ROOT
from hoptac import ModelError, load_taxonomy


def test_the_five_themes_stand_in_the_order_of_the_codebook() -> None:
    taxonomy = load_taxonomy(ROOT / "seeds" / "themes.toml")
    assert taxonomy.ids == ("defence", "energy", "education", "vaccines", "people-to-people")
    assert not taxonomy.exclusive
    for theme in taxonomy.themes:
        assert {"en", "vi", "ru"} <= set(theme.names)
        assert theme.description
        assert theme.name("fr") == theme.names["en"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no themes"),
        ("theme = 3", "no themes"),
        ("[[theme]]\nname = 'x'", "id None"),
        ("[[theme]]\nid = 'A B'", "lower-case"),
        ("[[theme]]\nid = 'a'\n[[theme]]\nid = 'a'", "same id"),
        ("exclusive = 'yes'\n[[theme]]\nid = 'a'", "true or false"),
        ("themes = []", "unknown key"),
        ("[[theme]]\nid = 'a'\nnames = 3", "names"),
        ("[[theme", "TOML"),
    ],
)
def test_a_bad_themes_file_says_what_is_wrong_and_where(text: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "themes.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ModelError, match=words) as caught:
        load_taxonomy(path)
    assert str(path) in str(caught.value)


def test_a_theme_needs_no_more_than_an_id(tmp_path: Path) -> None:
    path = tmp_path / "themes.toml"
    path.write_text("exclusive = true\n[[theme]]\nid = 'sport'\n[[theme]]\nid = 'travel'\nname = 'Travel'", "utf-8")
    taxonomy = load_taxonomy(path)
    assert taxonomy.exclusive
    assert [theme.name("vi") for theme in taxonomy.themes] == ["sport", "Travel"]


DOTS = ".".join(["a"] * 1500)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (".".join(["a"] * 500_000) + " = 1", "more than 131072 bytes"),
        (".".join(["a"] * 50_000) + " = 1", "line 1 has more than 4096 characters"),
        (f"[[theme]]\nid.{DOTS} = 1", "has id a table or a list"),
        (f"exclusive.{DOTS} = 1", "exclusive = a table or a list"),
        (f"[[theme]]\nid = 'a'\nnames.{DOTS} = 1", "names must map"),
        (f"[[theme]]\n{DOTS} = 1", "id None"),
        ("exclusive = " + "9" * 4000, "exclusive = a number or a date"),
        ("exclusive = " + "-9" * 2000, "not a TOML file"),
        ("exclusive = 0x" + "f" * 4000, "exclusive = a number or a date"),
        ("theme = " + "[" * 4000, "not a TOML file"),
        ("".join(f"[{DOTS}.b{n}]\n" for n in range(40)), "unknown key 'a'"),
    ],
    ids=lambda value: value[:12],
)
def test_a_forged_themes_file_neither_hangs_nor_breaks_anything(text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "themes.toml").write_text(text, encoding="utf-8")
    start = time.process_time()
    with pytest.raises(ModelError, match=words) as caught:
        load_taxonomy(tmp_path / "themes.toml")
    assert len(str(caught.value)) < len(str(tmp_path)) + 300
    assert time.process_time() - start < 3


@pytest.mark.parametrize("name", ["a" * 5000, "a\0b"])
def test_a_name_that_no_system_has(name: str) -> None:
    with pytest.raises(ModelError, match="cannot read the themes file"):
        load_taxonomy(name)


def test_a_missing_themes_file_is_named() -> None:
    with pytest.raises(ModelError, match=r"missing\.toml"):
        load_taxonomy("missing.toml")
