"""Ten thousand articles: streamed, and figures with intervals within seconds."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hoptac_eval import evaluate

ROOT = Path(__file__).parents[2]
N = 10_000


def big_file(path: Path, n: int, n_words: int) -> str:
    """n articles, each of `n_words` words."""
    ids = ("defence", "energy", "education", "vaccines", "people-to-people")
    with path.open("w", encoding="utf-8") as file:
        for i in range(n):
            themes = [ids[i % 5]] if i % 3 else []
            texts = [
                "Headline",
                f"It is about {ids[i % 5] if i % 7 else 'gas'}.",
                *["word " * 20] * (n_words // 20),
            ]
            labels = [[], themes, *[[]] * (n_words // 20)]
            row = {
                "id": str(i),
                "lang": ["en", "vi"][i % 2],
                "sentences": texts,
                "labels": labels,
                "key": [1],
            }
            file.write(json.dumps(row | {"pair": str(i // 4), "summary": "It is about energy and more."}) + "\n")
    return str(path)


@pytest.mark.slow
def test_ten_thousand_articles_take_seconds(fake: Any, tmp_path: Path) -> None:
    path = big_file(tmp_path / "big.jsonl", N, 200)
    started = time.process_time()
    report = evaluate([path], fake, baselines=False)
    seconds = time.process_time() - started - report.stamp.seconds
    assert report.stamp.n_articles == N
    print(f"{seconds:.1f} s for figures and intervals of {N} articles")
    assert seconds < 20


PROGRAM = """
import sys
sys.path[:0] = {paths!r}
from conftest import FakePredictor
from hoptac_eval import evaluate
from hoptac_eval.stamp import peak_mb
evaluate([{path!r}], FakePredictor(), baselines=False, resamples=20)
print(peak_mb())
"""


def peak_mb(path: str) -> int:
    """The most memory that evaluating a file takes, in a process of its own."""
    paths = [str(ROOT / folder) for folder in ("tests/eval", "inference", "eval")]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(paths=paths, path=path)],
        capture_output=True,
        text=True,
        check=True,
    )
    return round(float(done.stdout))


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the system does not tell the memory used")
def test_memory_does_not_grow_with_the_texts(tmp_path: Path) -> None:
    short = peak_mb(big_file(tmp_path / "short.jsonl", 8000, 40))
    long = peak_mb(big_file(tmp_path / "long.jsonl", 8000, 2000))
    megabytes = (tmp_path / "long.jsonl").stat().st_size >> 20
    print(f"{short} MB for short articles, {long} MB for as many long ones, {megabytes} MB on disk")
    assert long - short < 50 < megabytes


@pytest.mark.slow
def test_the_html_report_in_a_browser(fake: Any, tmp_path: Path, row: Callable[..., dict[str, Any]]) -> None:
    """No part of the page is wider than a phone, every picture is drawn, and it prints."""
    import shutil

    from hoptac_eval import render

    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if browser is None:
        pytest.skip("no Chromium on this machine")
    report = evaluate([big_file(tmp_path / "a.jsonl", 200, 100)], fake, by=("length",))
    page = render(report, "html")
    probe = """<script>window.onload = () => {
      const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
      const drawn = [...document.images].filter(i => i.complete && i.naturalWidth > 0).length;
      document.title = `wide ${wide} drawn ${drawn} of ${document.images.length}`; }</script>"""
    (tmp_path / "probe.html").write_text(page.replace("</body>", probe + "</body>"), encoding="utf-8")
    base = [browser, "--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}/profile"]
    for width in (360, 1280):
        command = [*base, f"--window-size={width},900", "--virtual-time-budget=4000", "--dump-dom"]
        done = subprocess.run(
            [*command, f"file://{tmp_path}/probe.html"],
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
        assert "<title>wide 0 drawn 4 of 4</title>" in done.stdout, (width, done.stdout[:600])
    subprocess.run(
        [*base, f"--print-to-pdf={tmp_path}/a.pdf", f"file://{tmp_path}/probe.html"],
        capture_output=True,
        timeout=120,
        check=True,
    )
    assert (tmp_path / "a.pdf").stat().st_size > 20_000
