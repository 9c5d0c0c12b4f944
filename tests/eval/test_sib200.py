"""SIB-200's files as labelled rows, and the table of accuracies."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from fakes import ROOT
from hoptac.errors import DataError
from hoptac.labelled import read_labelled
from hoptac.taxonomy import load_taxonomy
from hoptac_eval.evaluate import evaluate
from hoptac_eval.report import Report
from hoptac_eval.sib200 import FILE, LANGUAGES, SPLITS, accuracy_table, main, rows

THEMES = load_taxonomy(ROOT / "training/themes/sib200.toml")
TSV = 'index_id\tcategory\ttext\n7\tscience/technology\tA cell is small.\n9\tsports\t"The ""cup"" was won."\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in LANGUAGES:
        for number, split in enumerate(SPLITS):
            text = TSV.replace("7\t", f"{number}7\t").replace("9\t", f"{number}9\t")
            (tmp_path / f"{name}.{split}.tsv").write_text(text, encoding="utf-8")
    return tmp_path


def test_every_line_is_an_article_of_one_sentence(folder: Path) -> None:
    first, second = rows(folder / "vie_Latn.train.tsv", "vi")
    assert first == {
        "id": "vi-07",
        "lang": "vi",
        "sentences": ["A cell is small."],
        "themes": ["science-technology"],
        "pair": "07",
    }
    assert second["sentences"] == ['The "cup" was won.']


def test_the_command_writes_rows_that_the_contract_takes(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "new" / "out"
    result = CliRunner().invoke(main, ["rows", str(folder), str(out)])
    assert result.exit_code == 0, result.output
    for split in SPLITS:
        golds = list(read_labelled(out / f"{split}.jsonl", THEMES))
        assert len(golds) == 2 * len(LANGUAGES)
        assert {gold.article.language for gold in golds} == set(LANGUAGES.values())
        assert all(len(gold.themes) == 1 for gold in golds)


@pytest.mark.parametrize(
    ("text", "words"),
    [("id\ttext\n", "columns"), (TSV + "3\tsports\n", r"tsv:4: 2 columns"), (TSV + '3\tsports\t"a', "cannot be read")],
)
def test_another_file_is_named(text: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=words):
        list(rows(path, "en"))
    with pytest.raises(DataError, match="cannot be read"):
        list(rows(tmp_path / "nowhere.tsv", "en"))


def test_the_table_has_the_accuracy_of_each_language(fake: Any, write: Any, row: Any) -> None:
    right = row("a", "Talks", ("They spoke of energy.", ["energy"]))
    wrong = row("b", "Talks", ("Rain.", ["energy"]))
    other = row("c", "Talks", ("Energy.", ["energy"]), lang="vi")
    report = evaluate(write(right, wrong, other), fake, baselines=False, resamples=20)
    lines = accuracy_table(report)
    assert lines[2].startswith("| en | .500 [")
    assert lines[2].endswith("] | .877 | .910 |")
    assert lines[3] == "| vi | 1.000 [1.000, 1.000] | .868 | .900 |"
    assert lines[4] == "| ru | – | .833 | .900 |"


@pytest.mark.skipif(not (ROOT / FILE).exists(), reason="make sib200 was not run")
def test_the_readme_has_the_saved_table() -> None:
    assert "\n".join(accuracy_table(Report.load(ROOT / FILE))) in (ROOT / "README.md").read_text(encoding="utf-8")
