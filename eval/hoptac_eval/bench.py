"""Times a cold start, from the command to its output: `make bench`.

Each run is a process of its own, its wall clock and its peak memory as the operating system gives them; beside it a
`transformers` pipeline of the same architecture and size (12 layers, width 384, the same vocabulary) in float32.
Absolute times differ from machine to machine: look at the ratio.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import click
import psutil

from hoptac import __version__
from hoptac.model import BUNDLED

SHORT = (
    "Ministers agree on gas and scholarships\n\n"
    "The foreign ministers of the two countries met on Monday in the capital of the host country. They agreed that "
    "gas deliveries will begin before the winter. Twenty students a year will receive scholarships at the partner's "
    "universities. Trade between the two countries grew by a tenth last year.\n"
)
_PIPELINE = """
import sys
from transformers import pipeline
classify = pipeline("text-classification", model=sys.argv[1], tokenizer=sys.argv[1], top_k=None)
print(classify(open(sys.argv[2], encoding="utf-8").read(), truncation=True))
"""


@dataclass(frozen=True)
class Timing:
    """Median wall time in seconds and largest peak memory in MiB of several cold runs, warm disk."""

    name: str
    seconds: float
    memory: float


def time_command(name: str, command: list[str], runs: int) -> Timing:
    """Run a command `runs` times after one warm-up, one process at a time. Raises CalledProcessError if it fails."""
    seconds, memory = [], 0.0
    for number in range(runs + 1):
        start = time.perf_counter()
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
            peak = _watch(process)
            message = process.stderr.read().decode() if process.stderr else ""
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, command, stderr=message)
        if number:
            seconds.append(time.perf_counter() - start)
            memory = max(memory, peak)
    return Timing(name, statistics.median(seconds), memory)


def _watch(process: subprocess.Popen[bytes]) -> float:
    """Peak resident memory in MiB, looked at every few milliseconds until the process ends."""
    peak = 0
    watched = psutil.Process(process.pid)
    while process.poll() is None:
        try:
            peak = max(peak, watched.memory_info().rss)
        except psutil.NoSuchProcess:
            break
        time.sleep(0.003)
    return peak / 2**20


def write_peer(directory: Path) -> None:
    """A `transformers` text classifier of the bundled model's architecture with random weights and its tokenizer."""
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

    config = json.loads((BUNDLED / "config.json").read_text(encoding="utf-8"))
    for key in ("hoptac", "id2label", "label2id"):
        config.pop(key, None)
    BertForSequenceClassification(BertConfig(**{**config, "num_labels": 5})).save_pretrained(directory)
    PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_file=str(BUNDLED / "tokenizer.json"),
        model_max_length=512,
        pad_token="<pad>",
        unk_token="<unk>",
    ).save_pretrained(directory)


@click.command()
@click.option("--runs", default=5, show_default=True)
@click.option("--peer/--no-peer", default=True, help="Time the transformers pipeline as well.")
def main(runs: int, peer: bool) -> None:
    """Print a table of cold starts."""
    with tempfile.TemporaryDirectory() as scratch:
        article = Path(scratch) / "short.txt"
        article.write_text(SHORT, encoding="utf-8")
        timings = [time_command("hoptac classify", [sys.executable, "-m", "hoptac", "classify", str(article)], runs)]
        if peer:
            write_peer(Path(scratch) / "peer")
            command = [sys.executable, "-c", _PIPELINE, str(Path(scratch) / "peer"), str(article)]
            timings.append(time_command("transformers pipeline", command, runs))
    model = json.loads((BUNDLED / "config.json").read_text(encoding="utf-8"))["hoptac"]["name"]
    click.echo(f"hoptac {__version__}, model {model}, {platform.machine()}, {os.cpu_count()} cores, {runs} runs")
    click.echo("| one short article, cold | wall, s | peak memory, MiB | times hoptac's wall |")
    click.echo("| --- | --- | --- | --- |")
    for timing in timings:
        ratio = timing.seconds / timings[0].seconds
        click.echo(f"| {timing.name} | {timing.seconds:.2f} | {timing.memory:.0f} | {ratio:.1f} |")


if __name__ == "__main__":
    main()
