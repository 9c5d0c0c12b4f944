from __future__ import annotations

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


def test_a_missing_themes_file_is_named() -> None:
    with pytest.raises(ModelError, match=r"missing\.toml"):
        load_taxonomy("missing.toml")
