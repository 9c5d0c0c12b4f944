"""Every figure by name: what a table calls it, what it means, and which way is better.

A figure of one theme is named after the theme as well, "f1.energy", and found here under "f1".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Better = Literal["higher", "lower", "neither"]


@dataclass(frozen=True, slots=True)
class Kind:
    """label: in tables. meaning: one line, for legends. share: shown as .123 (True) or as a plain number."""

    label: str
    meaning: str
    better: Better = "higher"
    share: bool = True


KINDS: dict[str, Kind] = {
    "exact_match": Kind("Exact match", "articles whose set of themes is right to the last"),
    "macro_f1": Kind("Macro F1", "mean over themes of F1, article by article"),
    "macro_precision": Kind("Macro precision", "mean over themes of the share of labels given that are right"),
    "macro_recall": Kind("Macro recall", "mean over themes of the share of true labels that are given"),
    "micro_f1": Kind("Micro F1", "F1 of all article-theme pairs together"),
    "micro_precision": Kind("Micro precision", "“yes” decisions that are right"),
    "micro_recall": Kind("Micro recall", "true labels that are given"),
    "macro_ap": Kind("Average precision", "mean over themes of the area under precision and recall"),
    "micro_ap": Kind("Average precision, micro", "the same for all article-theme pairs together"),
    "primary_accuracy": Kind("Primary theme", "articles with a theme whose primary theme is right"),
    "evidence_macro_f1": Kind("Evidence macro F1", "mean over themes of F1, sentence by sentence"),
    "evidence_micro_f1": Kind("Evidence micro F1", "F1 of all sentence-theme pairs together"),
    "kappa": Kind("Cohen’s kappa", "mean over themes of agreement beyond chance, sentence by sentence"),
    "ece": Kind("Calibration error (ECE)", "mean distance of probability and frequency, ten bins", "lower"),
    "brier": Kind("Brier score", "mean squared distance of probability and truth", "lower"),
    "unsure_share": Kind("Left unsure", "article-theme decisions that are neither yes nor no", "lower"),
    "unsure_articles": Kind("Articles with an unsure theme", "articles with at least one such decision", "lower"),
    "pair_agreement": Kind("Pairs that agree", "stories told twice that get the same set of themes both times"),
    "pair_theme_agreement": Kind("Pair decisions that agree", "the same, theme by theme"),
    "precision": Kind("Precision", "share of labels given that are right"),
    "recall": Kind("Recall", "share of true labels that are given"),
    "f1": Kind("F1", "harmonic mean of precision and recall, article by article"),
    "ap": Kind("Average precision", "area under precision and recall"),
    "evidence_f1": Kind("Evidence F1", "F1 sentence by sentence"),
    "theme_kappa": Kind("Kappa", "agreement beyond chance, sentence by sentence"),
    "rouge1": Kind("ROUGE-1", "Unicode syllables; in English words, as is standard"),
    "rouge2": Kind("ROUGE-2", "the same scale"),
    "rougeL": Kind("ROUGE-L", "the same scale"),
    "published_rouge1": Kind("ROUGE-1, published scale", "rouge-score’s default, which deletes diacritics"),
    "published_rouge2": Kind("ROUGE-2, published scale", "the same scale"),
    "published_rougeL": Kind("ROUGE-L, published scale", "the same scale"),
    "key_f1": Kind("Key-sentence F1", "key sentences in the summary"),
    "key_precision": Kind("Key-sentence precision", "sentences of the summary that are key sentences"),
    "key_recall": Kind("Key-sentence recall", "key sentences that are in the summary"),
    "themes_covered": Kind("Themes covered", "themes of the article of which the summary has a sentence"),
    "redundancy": Kind("Redundancy", "word pairs of the summary that it said before", "lower"),
    "dangling": Kind("Dangling openings", "sentences that open with a word that refers to one left out", "lower"),
    "summary_words": Kind("Length, words", "words in a summary", "neither", share=False),
    "summary_share": Kind("Length, share", "the same, as a share of the article", "neither"),
    "gap": Kind("Gap", "difference between two languages", "lower"),
}

HEADLINE = (
    *(
        "exact_match",
        "macro_f1",
        "micro_f1",
        "macro_precision",
        "macro_recall",
        "macro_ap",
        "primary_accuracy",
    ),
    *("evidence_macro_f1", "kappa", "ece", "brier", "micro_precision", "unsure_share", "unsure_articles"),
    *("pair_agreement", "pair_theme_agreement"),
)
SUMMARY = (
    *("rouge1", "rouge2", "rougeL", "published_rouge1", "published_rouge2", "published_rougeL", "key_f1"),
    *("themes_covered", "redundancy", "dangling", "summary_words", "summary_share"),
)
PER_THEME = ("precision", "recall", "f1", "ap", "evidence_f1", "theme_kappa")
ROUGE_NOTE = (
    "ROUGE: F-measures. ROUGE-1/2/L count Unicode syllables (English: words of a-z and digits). The "
    "published scale is rouge-score's default; it deletes letters with diacritics and so reads higher in "
    "Vietnamese."
)


def kind(figure: str) -> Kind:
    """The kind of a figure, "f1.energy" included.

    >>> kind("f1.energy").label
    'F1'
    """
    return KINDS[figure.partition(".")[0]]


def shown(figure: str, value: float | None) -> str:
    """A value as tables have it: three decimals without the leading zero, or one for what is no share.

    >>> shown("macro_f1", 0.9746), shown("macro_f1", 1.0), shown("summary_words", 31.26), shown("ece", None)
    ('.975', '1.000', '31.3', '–')
    """
    if value is None or value != value:
        return "–"
    if not kind(figure).share:
        return f"{value:.1f}"
    text = f"{value:.3f}"
    return text.replace("0.", ".", 1) if text.lstrip("-").startswith("0.") else text
