"""Compact lines become rows of the contract; every fault is named with its line, all at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from fakes import ROOT
from hoptac import DataError, load_taxonomy, read_labelled
from hoptac_training.__main__ import main
from hoptac_training.compact import CODES, compact, parse

ARTICLE = """\ufeff# en-b99-01 | genre=brief | parties=VN,KR | date=2019-04-08 | traps=R8 not-V
0 | President   receives Korean guest

D U* | The two sides will train officers | together at an academy.
P | A film week follows.
S | They will train officers.
# vi-b99-01
0* | Tin vắn
"""


def test_lines_become_rows_that_read_back(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(ARTICLE, encoding="utf-8")
    (tmp_path / "a.jsonl").write_text("".join(compact([tmp_path / "a.txt"])), encoding="utf-8")
    taxonomy = load_taxonomy(ROOT / "seeds/themes.toml")
    first, second = read_labelled(tmp_path / "a.jsonl", taxonomy)
    assert first.article.title == "President receives Korean guest"
    assert first.labels == ((), ("defence", "education"), ("people-to-people",))
    assert first.article.text.endswith("officers | together at an academy.\nA film week follows.")
    assert (first.key, first.summary, first.article.language) == ((1,), "They will train officers.", "en")
    assert first.meta["parties"] == ["VN", "KR"]
    assert first.meta["traps"] == ["R8", "not-V"]
    assert (second.article.id, second.article.language, second.summary) == ("vi-b99-01", "vi", None)


def test_codes_are_the_themes_in_their_order() -> None:
    assert tuple(CODES.values()) == load_taxonomy(ROOT / "seeds/themes.toml").ids


def test_the_shipped_corpus_written_compactly_reads_back_the_same() -> None:
    for path in sorted((ROOT / "seeds/corpus").glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = {name: value for name, value in json.loads(line).items() if not name.startswith("labels")}
            labels = json.loads(line)["labels"]
            problems: list[str] = []
            [(_, read)] = parse(_written(row, labels), "x", problems)
            assert (read, problems) == ({**row, "labels": labels}, [])


def _written(row: dict[str, object], labels: list[list[str]]) -> list[str]:
    head = {"parties": ",", "traps": " "}
    fields = [
        f" | {name}={head[name].join(value) if isinstance(value, list) else value}"
        for name, value in row.items()
        if name not in ("id", "lang", "sentences", "key", "summary")
    ]
    sentences, key = row["sentences"], row["key"]
    assert isinstance(sentences, list)
    assert isinstance(key, list)
    codes = ["".join(code for code, theme in CODES.items() if theme in themes) or "0" for themes in labels]
    lines = [f"{codes[i]}{'*' * (i in key)} | {text}" for i, text in enumerate(sentences)]
    return [f"# {row['id']}" + "".join(fields), *lines, f"S | {row['summary']}"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "a.txt: no articles"),
        ("0 | Too early", "a.txt:1: a line before the first article"),
        ("# en-1\n\nX | What", "a.txt:3: codes 'X'"),
        ("# en-1\nDD | What", "a.txt:2: codes 'DD'"),
        ("# en-1\n0D | What", "a.txt:2: codes '0D'"),
        ("# en-1\n | What", "a.txt:2: codes ''"),
        ("# en-1\nD What", "a.txt:2: no '|'"),
        ("# en-1\nD | ", "a.txt:2: no '|' or nothing after it"),
        ("# en-1\n0 | A\nS | B\nS | C", "a.txt:4: a second summary"),
        ("# en-1\n# en-2\n0 | A", "a.txt:1: en-1 has no sentences"),
        ("# en-1\n0 | A\n# en-1\n0 | B", "a.txt:3: id 'en-1' stands over another article too"),
        ("# English\n0 | A", "a.txt:1: id 'English'"),
        ("# en-1 | genre\n0 | A", "a.txt:1: 'genre' after the id"),
        ("# en-1 | lang=vi\n0 | A", "a.txt:1: 'lang=vi' after the id"),
    ],
)
def test_a_fault_is_named_with_its_line(text: str, expected: str, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(text, encoding="utf-8")
    with pytest.raises(DataError) as caught:
        compact([tmp_path / "a.txt"])
    assert expected in str(caught.value)
    assert "expected" in str(caught.value)


def test_all_faults_of_all_files_are_named(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("# en-1\nX | A\nY | B", encoding="utf-8")
    (tmp_path / "b.txt").write_bytes(b"# en-2\n0 | \xff")
    with pytest.raises(DataError) as caught:
        compact([tmp_path / name for name in ("a.txt", "b.txt", "c.txt")])
    assert [line.split(": ")[0].rpartition("/")[2] for line in str(caught.value).splitlines()] == [
        "a.txt:2",
        "a.txt:3",
        "b.txt",
        "c.txt",
    ]


def test_the_command_writes_to_a_file_or_to_standard_output(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(ARTICLE, encoding="utf-8")
    to_file = CliRunner().invoke(main, ["compact", str(tmp_path / "a.txt"), "-o", str(tmp_path / "a.jsonl")])
    piped = CliRunner().invoke(main, ["compact", str(tmp_path / "a.txt"), "-o", "-"])
    assert (to_file.exit_code, to_file.stdout, piped.exit_code) == (0, "", 0)
    assert piped.stdout == (tmp_path / "a.jsonl").read_text(encoding="utf-8")
    assert len(piped.stdout.splitlines()) == 2


def test_the_command_fails_without_touching_the_output(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("# en-1\nX | A", encoding="utf-8")
    result = CliRunner().invoke(main, ["compact", str(tmp_path / "a.txt"), "-o", str(tmp_path / "a.jsonl")])
    assert result.exit_code == 1
    assert "a.txt:2" in result.stderr
    assert not (tmp_path / "a.jsonl").exists()
