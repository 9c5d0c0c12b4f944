"""From labelled rows to a report: figures worked out by hand, poisoned inputs, slices, pairs, annotators, leaks."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from hoptac.errors import DataError, ModelError
from hoptac.values import Article, Prediction, Taxonomy
from hoptac_eval import Report, evaluate, hash_texts, render, save_hashes
from hoptac_eval.evaluate import Predicts
from hoptac_eval.leakage import FILE_NAME

Write = Callable[..., str]
Row = Callable[..., dict[str, Any]]
RIGHT = ("It is about energy.", ["energy"])
MISSED = ("They spoke of gas.", ["energy"])
WRONG = ("An energy drink is sold.", [])
PLAIN = ("They met.", [])
UNSURE = ("It may be maybe defence.", [])


def run(predictor: Predicts, *paths: str, **settings: Any) -> Report:
    return evaluate(paths, predictor, **{"baselines": False, "resamples": 50, **settings})


def value(report: Report, name: str, slice_: str = "all", system: str | None = None) -> float | None:
    figure = report.figure(name, slice_, system)
    return None if figure is None else figure.value


def test_figures_by_hand(fake: Predicts, write: Write, row: Row) -> None:
    report = run(
        fake,
        write(
            row("a", "A", RIGHT, PLAIN),  # right
            row("b", "B", RIGHT, MISSED),  # the article right, a sentence missed
            row("c", "C", MISSED, PLAIN),  # energy missed
            row("d", "D", WRONG, UNSURE),  # energy wrongly given, defence unsure
            row("e", "E", ("Defence and education.", ["defence", "education"])),
        ),
    )
    assert value(report, "exact_match") == 3 / 5
    assert value(report, "precision.energy") == 2 / 3
    assert value(report, "recall.energy") == 2 / 3
    assert value(report, "f1.energy") == pytest.approx(2 / 3)
    assert value(report, "f1.defence") == 1
    assert value(report, "f1.vaccines") is None
    assert value(report, "macro_f1") == pytest.approx((2 / 3 + 1 + 1) / 3)
    assert value(report, "micro_f1") == 2 * 4 / (2 * 4 + 1 + 1)
    assert value(report, "primary_accuracy") == 3 / 4
    # Sentences with energy: a1, b1 found, b2, c1 missed, d1 wrong.
    assert value(report, "evidence_f1.energy") == pytest.approx(2 * 2 / (4 + 1 + 2))
    assert value(report, "unsure_share") == 1 / 25
    assert value(report, "unsure_articles") == 1 / 5
    # Two energy at .9 right and one wrong, one missed at .1, one defence unsure at .5, the rest at .9 or .1 rightly.
    assert value(report, "brier") == pytest.approx((22 * 0.01 + 2 * 0.81 + 0.25) / 25)
    # The headline brings the sentences to 14; of these 11 are rightly without energy.
    assert value(report, "theme_kappa.energy") == pytest.approx((11 / 14 - 122 / 196) / (1 - 122 / 196))
    assert report.confusion[1] == (0, 2, 0, 0, 0, 1)
    assert report.confusion[-1] == (0, 1, 0, 0, 0, 0)
    assert [case.id for case in report.errors] == ["c", "d", "b"]
    assert report.stamp.n_articles == 5
    assert report.stamp.files == ("test.jsonl",)


def test_ten_articles_are_few(fake: Predicts, write: Write, row: Row) -> None:
    rows = [row(str(i), "Headline", RIGHT if i % 2 else PLAIN) for i in range(10)]
    report = run(fake, write(*rows), baselines=True)
    assert any(warning.startswith("10 articles are few") for warning in report.warnings)
    assert any("every answer is right" in warning for warning in report.warnings)
    assert report.systems[0] == "fake"
    assert {"majority", "keyword rules", "LEAD-2", "random-2"} <= set(report.systems)


def test_slices_by_any_field(fake: Predicts, write: Write, row: Row) -> None:
    report = run(
        fake,
        write(
            row("a", "A", RIGHT, genre="brief", parties=["VN", "RU"]),
            row("b", "B", MISSED, genre="op-ed", parties=["VN"], lang="vi"),
            row("c", "C", RIGHT),
        ),
        by=("genre", "length", "parties"),
    )
    assert value(report, "exact_match", "genre=brief") == 1
    assert value(report, "exact_match", "genre=op-ed") == 0
    assert value(report, "exact_match", "genre=(none)") == 1
    assert value(report, "exact_match", "parties=VN") == 0.5
    assert value(report, "exact_match", "length=under 200 words") == 2 / 3
    assert value(report, "exact_match", "lang=en") == 1
    (gap,) = [gap for gap in report.gaps if gap.figure == "exact_match"]
    assert (gap.first, gap.second, gap.difference.value) == ("en", "vi", 1)


def test_fields_that_tell_little(fake: Predicts, write: Write, row: Row) -> None:
    rows = [row(str(i), "A", RIGHT, date=str(i)) for i in range(60)]
    report = run(fake, write(*rows), by=("genre", "date"))
    assert "no article has a field 'genre' to slice by" in report.warnings
    assert "date has 60 values, of which the 40 biggest are shown" in report.warnings
    assert len([name for name in report.slices if name.startswith("date=")]) == 40


def test_pairs(fake: Predicts, write: Write, row: Row) -> None:
    report = run(
        fake,
        write(
            row("a1", "A", RIGHT, pair="a"),
            row("a2", "A", RIGHT, pair="a", lang="vi"),
            row("b1", "B", RIGHT, pair="b"),
            row("b2", "B", MISSED, pair="b", lang="vi"),
            row("c", "C", PLAIN, pair="lonely"),
        ),
    )
    assert value(report, "pair_agreement") == 1 / 2
    assert value(report, "pair_theme_agreement") == 9 / 10
    assert value(report, "pair_agreement", "lang=en") is None


def test_the_annotators(fake: Predicts, write: Write, row: Row) -> None:
    rows = [
        row("a", "A", RIGHT, PLAIN, labels2=[[], ["energy"], []]),
        row("b", "B", RIGHT, PLAIN, labels2=[[], [], ["energy"]]),
        row("c", "C", RIGHT),
    ]
    report = run(fake, write(*rows), baselines=True)
    result = report.result("all", "annotators")
    assert result is not None
    assert result.n == 2
    assert result.figures["exact_match"].value == 1
    # Of six sentences both have energy on one, each on another: (4/6 - (1/9 + 4/9)) / (1 - 5/9).
    assert result.figures["theme_kappa.energy"].value == pytest.approx((4 / 6 - 5 / 9) / (4 / 9))


def test_two_blind_annotators(fake: Predicts, write: Write, row: Row) -> None:
    """Where both blind labellings are given they are held against each other, not against what was settled."""
    settled = row("a", "A", RIGHT, PLAIN, labels1=[[], ["defence"], []], labels2=[[], ["energy"], []])
    report = run(fake, write(settled, row("b", "B", RIGHT)), baselines=True)
    assert value(report, "exact_match", system="annotators") == 0
    assert value(report, "exact_match") == 1


def test_a_model_without_hashes(fake: Predicts, write: Write, row: Row, tmp_path: Any) -> None:
    report = run(fake, write(row("a", "A", RIGHT)), training_hashes=tmp_path)
    assert report.leaks is None
    assert any("carries no hashes" in note for note in report.notes)


def test_articles_labelled_as_a_whole(fake: Predicts, write: Write) -> None:
    rows = [
        {"id": "a", "lang": "en", "text": "It is about energy.\nThey met.", "themes": ["energy"]},
        {"id": "b", "lang": "en", "text": "They met.", "themes": ["energy", "defence"]},
        {"id": "c", "lang": "en", "text": "They met.", "themes": []},
    ]
    report = run(fake, write(*rows), baselines=True)
    assert value(report, "exact_match") == 2 / 3
    assert value(report, "primary_accuracy") == 1
    assert report.figure("evidence_macro_f1") is None
    assert not report.errors[0].by_sentence


def test_only_summaries(fake: Predicts, write: Write) -> None:
    row = {
        "id": "a",
        "lang": "en",
        "title": "Gas",
        "text": "They signed.\nHe left.",
        "summary": "They signed.",
    }
    report = run(fake, write(row), baselines=True)
    assert value(report, "rouge1") == 1
    assert value(report, "rouge1", system="oracle-3") == 1
    assert report.figure("exact_match") is None
    assert any("only summaries are measured" in warning for warning in report.warnings)
    assert "majority" not in report.systems


def test_failures_are_named_and_count_nowhere(fake: Predicts, write: Write, row: Row) -> None:
    report = run(fake, write(row("a", "A", RIGHT), row("b", "B", ("It is broken.", ["energy"]))))
    assert report.failures == {"b": "it broke"}
    assert value(report, "exact_match") == 1
    assert report.stamp.n_failed == 1
    assert any(warning.startswith("1 of 2 articles got no answer") for warning in report.warnings)


def test_a_probability_that_is_none(fake: Predicts, write: Write, row: Row) -> None:
    report = run(fake, write(row("a", "A", ("not-a-number", [])), row("b", "B", RIGHT)))
    assert "probability of" in report.failures["a"]
    assert "nan" in report.failures["a"]


def test_all_articles_failing(fake: Predicts, write: Write, row: Row) -> None:
    report = run(fake, write(row("a", "A", ("broken", []))), baselines=True)
    assert report.result() is None
    assert report.stamp.n_failed == 1


def test_a_language_the_model_does_not_know(fake: Predicts, write: Write, row: Row) -> None:
    report = run(fake, write(row("a", "A", RIGHT, lang="fr"), row("b", "B", PLAIN)))
    assert "1 articles are in 'fr', which the model was not made for (it knows en, vi)" in report.warnings


def test_one_class_only(fake: Predicts, write: Write, row: Row) -> None:
    report = run(fake, write(row("a", "A", RIGHT), row("b", "B", MISSED)))
    assert any(warning.startswith("every article has the same themes (energy)") for warning in report.warnings)
    empty = run(fake, write(row("a", "A", PLAIN), row("b", "B", PLAIN)))
    assert any("(no theme)" in warning for warning in empty.warnings)
    assert value(empty, "macro_f1") is None
    assert value(empty, "macro_ap") is None


def test_themes_nobody_has_or_says(fake: Predicts, write: Write, row: Row) -> None:
    report = run(
        fake,
        write(row("a", "A", RIGHT, ("A navy ship.", ["defence"])), row("b", "B", RIGHT), row("c", "C", RIGHT)),
    )
    text = "\n".join(report.warnings)
    assert "no article has education, vaccines, people-to-people" in text
    assert "every article has energy" in text
    assert "the model never says defence" in text


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"labels": [["gas"], []]}, "unknown theme 'gas'"),
        ({"labels": [[]]}, "1 labels for 2 sentences"),
        ({"labels2": [["gas"], []]}, "labels2 has unknown theme"),
        ({"id": "same"}, "stands in .*:1 already"),
    ],
)
def test_poisoned_rows(fake: Predicts, write: Write, row: Row, change: dict[str, Any], message: str) -> None:
    good = row("same", "A", PLAIN)
    with pytest.raises(DataError, match=rf"test\.jsonl:2: .*{message}"):
        run(fake, write(good, {**row("b", "B", PLAIN), **change}), baselines=True)


def test_an_empty_file(fake: Predicts, write: Write) -> None:
    with pytest.raises(DataError, match="no articles"):
        run(fake, write())


def test_a_predictor_that_gives_too_few(fake: Any, write: Write, row: Row) -> None:
    class Lazy(type(fake)):  # type: ignore[misc]
        def predict_many(self, articles: Iterable[Article], /) -> Iterator[Prediction]:
            yield from list(super().predict_many(articles))[1:]

    with pytest.raises(ModelError, match="1 predictions for 2 articles"):
        run(Lazy(), write(row("a", "A", RIGHT), row("b", "B", RIGHT)))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"id": "other"}, "is for article 'other'"),
        ({"themes": ()}, "does not have every theme"),
        ({"sentences": ()}, "0 sentences predicted, 2 given"),
    ],
)
def test_a_predictor_that_breaks_the_contract(
    fake: Any, write: Write, row: Row, change: dict[str, Any], reason: str
) -> None:
    class Odd(type(fake)):  # type: ignore[misc]
        def predict_many(self, articles: Iterable[Article], /) -> Iterator[Prediction]:
            for prediction in super().predict_many(articles):
                yield dataclasses.replace(prediction, **change)

    report = run(Odd(), write(row("a", "A", RIGHT)))
    assert reason in report.failures["a"]


def test_leaks_by_the_models_hashes(fake: Predicts, write: Write, row: Row, tmp_path: Any) -> None:
    story = ("The two ministries signed a long agreement about energy in the capital on Monday.", ["energy"])
    other = ("Quite another sentence that nobody has ever seen before stands here all alone.", [])
    save_hashes(tmp_path, hash_texts([[story[0]]]))
    digest = hashlib.sha256((tmp_path / FILE_NAME).read_bytes()).hexdigest()
    (tmp_path / "SHA256SUMS").write_text(f"{digest}  {FILE_NAME}\n")
    report = run(fake, write(row("a", "A", story), row("b", "B", other)), training_hashes=tmp_path)
    assert "1 of 2 sentences: a." in render(report, "table")
    assert report.leaks is not None
    assert report.leaks.exact == ("a",)
    assert (report.leaks.sentences, report.leaks.n_sentences) == (1, 2)
    unseen = report.result("unseen")
    assert unseen is not None
    assert unseen.n == 1
    assert any("1 of 2 articles are in the data the model was trained on" in text for text in report.warnings)
    assert not run(fake, write(row("b", "B", other)), training_hashes=tmp_path).leaks.articles  # type: ignore[union-attr]


def test_training_files_serve_the_baseline_and_the_look_for_leaks(fake: Predicts, write: Write, row: Row) -> None:
    train = [
        row(f"t{i}", "Talks", ("They sell gas and oil, they spoke of gas to all neighbours.", ["energy"]))
        for i in range(5)
    ] + [row(f"n{i}", "Talks", PLAIN) for i in range(4)]
    path = write(*train, name="train.jsonl")
    report = run(fake, write(row("a", "A", MISSED), row("b", "B", PLAIN)), baselines=True, train=path)
    assert value(report, "exact_match", system="TF-IDF + SVM") == 1
    assert value(report, "exact_match", system="majority") == 0.5
    assert any("trained on 9 articles (train.jsonl)" in note for note in report.notes)
    assert report.leaks is not None


def test_batches_and_progress(fake: Any, write: Write, row: Row) -> None:
    done: list[int] = []
    run(fake, write(*(row(str(i), "A", PLAIN) for i in range(600))), progress=done.append)
    assert done == fake.calls == [256, 256, 88]


def test_the_same_input_gives_the_same_report(fake: Predicts, write: Write, row: Row) -> None:
    path = write(*(row(str(i), "A", [RIGHT, MISSED, WRONG, PLAIN][i % 4], pair=str(i // 3)) for i in range(40)))
    first, second = (run(fake, path, baselines=True) for _ in range(2))
    assert first.results == second.results
    assert first.gaps == second.gaps
    other = run(fake, path, seed=1)
    assert value(other, "macro_f1") == value(first, "macro_f1")
    assert other.figure("macro_f1") != first.figure("macro_f1")


def test_the_digest_is_of_what_matters(fake: Predicts, write: Write, row: Row) -> None:
    a, b = row("a", "A", RIGHT), row("b", "B", PLAIN)
    digest = run(fake, write(a, b)).stamp.digest
    assert run(fake, write(b, {**a, "batch": 3})).stamp.digest == digest
    assert run(fake, write(a, {**b, "pair": "x"})).stamp.digest != digest
    assert run(fake, write(a, row("b", "B", UNSURE))).stamp.digest != digest


def test_an_exclusive_taxonomy(fake: Any, write: Write) -> None:
    fake.taxonomy = Taxonomy(fake.taxonomy.themes, exclusive=True)
    rows = [
        {"id": "a", "lang": "en", "text": "It is about energy.", "themes": ["energy"]},
        {"id": "b", "lang": "en", "text": "It is about defence.", "themes": ["vaccines"]},
    ]
    assert value(run(fake, write(*rows), baselines=True), "exact_match") == 0.5
