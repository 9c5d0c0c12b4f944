from __future__ import annotations

import json

import pytest

from hoptac import Taxonomy, article_from_text
from hoptac.predict import Predictor
from hoptac.render import Style, clean_for_terminal, escape_for_terminal, to_json, to_json_line, to_text
from hoptac.values import Prediction

TEXT = (
    "Bộ trưởng tiếp khách\n\nHai bên nhất trí hợp tác về điện trong thời gian tới và tổ chức lễ hội của kiều bào. "
    "Thương mại tăng mười phần trăm trong năm qua."
)


@pytest.fixture
def prediction(predictor: Predictor) -> Prediction:
    return predictor.predict(article_from_text(TEXT, source="a.txt", id="a"))


@pytest.fixture
def taxonomy(predictor: Predictor) -> Taxonomy:
    return predictor.taxonomy


def test_names_are_in_the_articles_language(prediction: Prediction, taxonomy: Taxonomy) -> None:
    shown = to_text(prediction, taxonomy, Style())
    assert "Năng lượng (chính)" in shown
    assert "Giao lưu nhân dân" in shown
    assert "Tóm tắt" in shown
    assert "Quốc phòng" not in shown


@pytest.mark.parametrize("width", [1, 20, 40, 80, 500])
def test_lines_fit_the_terminal_down_to_a_least_width(prediction: Prediction, taxonomy: Taxonomy, width: int) -> None:
    lines = to_text(prediction, taxonomy, Style(width)).splitlines()
    prose = [line for line in lines if "█" not in line]
    assert max(map(len, prose)) <= max(32, min(width, 100))


def test_colours_change_nothing_but_the_colour(prediction: Prediction, taxonomy: Taxonomy) -> None:
    import re

    coloured = to_text(prediction, taxonomy, Style(colour=True))
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[\d+m", "", coloured) == to_text(prediction, taxonomy, Style())


def test_json_lines_keep_letters_readable_and_round_trip(prediction: Prediction) -> None:
    line = to_json_line(prediction)
    assert "điện" in line
    assert "\n" not in line
    assert json.loads(line) == prediction.to_dict()


def test_a_json_array_of_none_one_and_two(prediction: Prediction) -> None:
    for count in range(3):
        assert json.loads("".join(to_json([prediction] * count))) == [prediction.to_dict()] * count


def test_a_failed_prediction_is_one_line(taxonomy: Taxonomy) -> None:
    assert to_text(Prediction("a", "a.txt", error="a.txt: empty; try another"), taxonomy, Style()).count("\n") == 0


def test_an_article_cannot_move_the_cursor() -> None:
    assert clean_for_terminal("a\x1b]0;title\x07b\u202ec\u200b") == "a]0;titlebc"


def test_json_on_a_terminal_has_the_same_values_and_no_marks() -> None:
    value = {"text": "điện\x1b\x7f\x9b\u202e\ud800\U000e0001\n"}
    shown = escape_for_terminal(json.dumps(value, ensure_ascii=False) + "\n")
    assert json.loads(shown) == value
    assert "điện" in shown
    assert shown.count("\n") == 1
    assert (shown[:-1] + "\\").isprintable()
