"""Is it any good? Measures a predictor on labelled data, with intervals, baselines, comparison and a gate.

report = evaluate(["test.jsonl"], predictor)      data + predictor -> Report
render(report, "table")                           table, json, markdown, html
compare(Report.load("a.json"), report).to_text()  is B better than A, and is it luck
check_gate(report, "floors.json")                 problems, or none
"""

from hoptac_eval.compare import Comparison, compare
from hoptac_eval.evaluate import evaluate
from hoptac_eval.gate import check_gate, pin_floors
from hoptac_eval.leakage import hash_texts, load_hashes, save_hashes
from hoptac_eval.render import render
from hoptac_eval.report import Report

__all__ = [
    "Comparison",
    "Report",
    "check_gate",
    "compare",
    "evaluate",
    "hash_texts",
    "load_hashes",
    "pin_floors",
    "render",
    "save_hashes",
]
