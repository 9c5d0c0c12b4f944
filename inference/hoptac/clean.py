"""Plain text -> headline and paragraphs of the article, free of what a page or an agency puts around it.

Captions with a credit, datelines, by-lines, agency signs, menus, related links and a headline said twice go;
all else stays. A false removal costs the reader a fact and a line left in costs next to nothing, so every
rule needs a mark that prose does not have: a credit, a label, an agency's name after the full stop, a
repeated line. Lines that were broken at a fixed width are joined again. Not here: HTML (`read`), sentences
(`split`).
"""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

_AGENCY = (
    r"(?:VNA|VNS|VNP|TTXVN|VOV|VTV|VGP|VNews|Vietnam\+|VietnamPlus|AFP|AP|EPA|TASS|Reuters|REUTERS|Xinhua|THX"
    r"|Sputnik|RIA(?: Novosti)?|Interfax|Kyodo|Yonhap|Bernama|Antara|Getty(?: Images)?|UPI|ANI|PTI)"
)
_AGENCIES = rf"{_AGENCY}(?:\s?[/-]\s?{_AGENCY}){{0,3}}"
_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?"
    r"|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)"
)
_DAY = rf"(?:{_MONTH}\.?,? \d\d?|\d\d? {_MONTH}|(?:ngày )?\d\d?[-/.]\d\d?)(?:[-/.,]? ?\d{{4}})?"

# Lines that are no part of any article: name -> (why it is safe, pattern of the whole line).
_JUNK = {
    "menu": (
        "nothing but the words on a page's buttons",
        r"(?i:(?:nhỏ|bình thường|lớn|cỡ chữ|in trang|bản in|chia sẻ|lưu bài|bình luận|gửi email|trang chủ"
        r"|share|print|e-?mail|comments?|tweet|home|font size|facebook|twitter|zalo|whatsapp|copy link|a[-+])"
        r"[\s|·•/>:]{0,3}){1,20}",
    ),
    "pointer": (
        "the label of a link and a headline without a stop",
        r"(?:(?i:xem thêm|đọc thêm|xem tiếp|read (?:more|also)|see also|tags?|từ kho?óa)\s?:|>>+|»).{0,200}"
        r"(?<![.!?”\"])",
    ),
    "stamp": (
        "a date and a time and not a word more",
        r"(?i:updated?|published|cập nhật|date|thứ \w+|chủ nhật|(?:mon|tues|wednes|thurs|fri|satur|sun)day)?"
        rf"[ :,]*(?:{_DAY}|\d{{4}}-\d\d-\d\d|{_MONTH},? \d\d?/\d{{4}})"
        r"(?:[ ,|-]*\d\d?[:h]\d\d(?::\d\d)?)?(?: ?[AaPp][Mm])?(?: ?\(?GMT ?\+\d+\)?)?",
    ),
    "rule": ("a line drawn between parts", r"[-–—_=*~.•·# ]{3,}|###"),
    "sign": ("an agency's name alone", rf"[-–—( ]{{0,3}}{_AGENCIES}[). ]{{0,3}}|\.?/\."),
}
_JUNK_LINE = re.compile("|".join(f"(?:{pattern})" for _, pattern in _JUNK.values()))

# A label, and the names of those who wrote, photographed or were first to print.
_BYLINE = re.compile(
    r"\(?(?:(?i:tin|bài|ảnh|nguồn|nguồn ảnh|tác giả|đồ họa|clip|photos?|source|reporter|author|graphics?)"
    r"(?i:\s?(?:/|,|và|and|&|-)\s?(?:tin|bài|ảnh|clip|photos?)){0,2}\s?:|By|BY|Theo|Thực hiện:)"
    r"\s+(?P<names>[^:]{2,60}?)\)?\.?"
)

# A label over a list of other articles.
_RELATED = re.compile(
    r"(?i:xem thêm|đọc thêm|read (?:more|also|next)|see also|more (?:news|stories|on this topic)"
    r"|related(?: (?:news|stories|articles|posts|links|topics|content))?|you may also like"
    r"|(?:các )?(?:tin|bài)(?: viết)? (?:liên quan|khác|cùng chuyên mục|mới hơn|cũ hơn|đọc nhiều)"
    r"|có thể bạn quan tâm|cùng chuyên mục|mời (?:bạn )?(?:đọc|xem) thêm)[ :»>.…]*"
)

# A photo credit at the end of a line: in brackets, or after a stop or a dash.
_CREDIT = re.compile(
    rf"""(?:
        \ ?\((?:(?:{_AGENCIES}\ |[Ff]ile\ )?[Pp]hotos?\b|PHOTO|Image:|Courtesy|[Ảả]nh\b|Nguồn)[^()]{{0,60}}\)
      | \ ?\({_AGENCIES}\ ?/[^()]{{2,40}}\)
      | (?:(?<=[.!?…”")])|\ [-–—])\ ?(?:
            (?:{_AGENCIES}|[Ff]ile)\ [Pp]hotos?(?:\ by)?(?P<names>(?:\ \S+){{0,6}})
          | (?:Photos?|PHOTO|Ảnh|ẢNH|Nguồn\ ảnh|Image)(?:\ by|\ ?:|\ courtesy\ of)\ ?
            (?P<more>\S+(?:\ \S+){{0,6}})
        )
    )\ ?\.?$""",
    re.VERBOSE,
)
_LONGEST_CREDIT = 160
_LONGEST_CAPTION = 350  # a longer line with a credit is a paragraph that it was glued to

# The agency's name, or its "./.", behind the last stop of a paragraph.
_SIGN = re.compile(rf"(?:(?:(?<=[.!?…”\"’)])| [-–—]{{1,2}}) ?(?:[-–—]{{1,2}} ?)?\(?{_AGENCIES}\)?\.?| ?/\.)$")

# What is in front of the first dash, and what makes it a dateline: "Hanoi (VNA)", "HÀ NỘI, October 31".
_LEAD = re.compile(r"(?P<head>[^!?;:\"“”]{2,60}?)(?:\s*(?P<long>[—–])\s*|\s--?\s|(?<=\))-\s?)(?=\S)")
_LEAD_MARK = re.compile(rf"(?:,\s*{_DAY})?\s*\({_AGENCIES}[^)]*\)$|,\s*{_DAY}$")
_PAPER = re.compile(
    rf"\((?:{_AGENCIES}|Dân trí|NLĐO?|PLO?|ĐCSVN|Chinhphu\.vn|VTC News|VOV\.VN|QĐND|Tổ Quốc)\)[ –—-]*"
    r"|(?:TTO|TPO|PLO|NDO|VOV\.VN|SGGPO?|QĐND|ĐCSVN|CAND|ANTĐ|GD&TĐ|VTC News) [–—-] "
)
_NO_PLACE = {"ASEAN", "NATO", "APEC", "OPEC", "AUKUS", "QUAD", "BRICS", "UNESCO", "UNICEF", "COVAX", "COVID"}


def clean(text: str, *, title: str | None = None) -> tuple[str | None, tuple[str, ...]]:
    """The headline of `text`, or None, and the paragraphs below it, in order: one line each, none empty.

    text: Unicode NFC with "\\n" line ends (`decode.normalise`). title: the headline where it is known from
    elsewhere; it is given back as it is, and taken out of the text. There may be no paragraphs at all.

    >>> clean("Ministers meet\\n\\nHANOI, May 3 - They met in Hanoi on Monday. VNA/VNS")
    ('Ministers meet', ('They met in Hanoi on Monday.',))
    """
    blocks = [_unwrap(block) for block in _blocks(text)]
    if blocks:
        blocks[0][0] = re.sub(r"^date \d{4}-\d\d-\d\d ", "", blocks[0][0])
    blocks = [[kept for line in block if (kept := _without_credit(line))] for block in blocks]
    first = title or next((line for block in blocks for line in block), "")
    lines = _without_tail(_without_repeats(blocks, first))
    if title is None and lines and _is_headline(lines[0], lines[1:]):
        title = lines[0]
    if title is not None and lines and _same(lines[0], title):
        lines = lines[1:]
    body = "\n".join(lines)
    small: dict[str, bool] = {}  # by place, as a page of short lines would have the body searched for each
    for index, line in enumerate(lines):
        if index < 3 or not _is_prose(lines[index - 1]):  # a second story may have a dateline of its own
            lines[index] = _without_dateline(line, body, small)
    return title, tuple(line for line in map(_without_sign, lines) if line)


def _blocks(text: str) -> list[list[str]]:
    """Runs of lines between empty ones, white space evened out; no run is empty."""
    blocks: list[list[str]] = [[]]
    for line in text.split("\n"):
        words = " ".join(line.split())
        if words:
            blocks[-1].append(words)
        elif blocks[-1]:
            blocks.append([])
    return blocks if blocks[-1] else blocks[:-1]


def _unwrap(block: list[str]) -> list[str]:
    """Join the lines of a block that was broken at a fixed width: many of its lines go on in lower case."""
    width = max(map(len, block))
    pairs = list(pairwise(block))
    n_go_on = sum(line[0].islower() and not _is_prose(before) for before, line in pairs)
    if not 40 <= width <= 100 or n_go_on < max(1, len(pairs) // 4):
        return block
    joined = [[block[0]]]
    for before, line in pairs:
        if len(before) < 0.7 * width:  # it ended of its own accord
            joined.append([line])
        else:
            joined[-1].append(line)
    return [" ".join(lines) for lines in joined]


def _without_credit(line: str) -> str:
    """The line; "" for a caption, a by-line or junk; a long paragraph without the credit at its end."""
    byline = _BYLINE.fullmatch(line)
    if _JUNK_LINE.fullmatch(line) or (byline is not None and _are_names(byline["names"])):
        return ""
    tail = max(0, len(line) - _LONGEST_CREDIT)
    match = _CREDIT.search(line[tail:])
    if match is None or not _are_names(match["names"] or match["more"] or "A"):
        return line
    return line[: tail + match.start()].rstrip(" -–—") if len(line) > _LONGEST_CAPTION else ""


def _without_repeats(blocks: list[list[str]], title: str) -> list[str]:
    """The lines without later copies of the headline and the caption under a copy that stands for a picture.

    A copy in the middle of a block is a picture's alternative text; the last line of that block is its
    caption, if it says next to nothing that the line above the picture does not.
    """
    lines: list[str] = []
    first = ""
    headline = None if title.endswith(".") else _plain(title)
    for block in blocks:
        start, picture = len(lines), -1
        for line in block:
            if lines and _plain(line) == headline == first:
                picture = len(lines) if len(lines) > start else -1
            else:
                first = first if lines else _plain(line)
                lines.append(line)
        if 0 < picture == len(lines) - 1 and _says_again(lines[picture], lines[picture - 1]):
            lines.pop()
    return lines


def _says_again(caption: str, text: str) -> bool:
    words = re.findall(r"\w+", caption.lower())
    known = set(re.findall(r"\w+", text.lower()))
    return len(caption) <= 200 and sum(word in known for word in words) >= 0.7 * len(words)


def _without_tail(lines: list[str]) -> list[str]:
    """Cut what follows an article: headlines under a label, headlines twice with a teaser, signatures."""
    last = max((index for index, line in enumerate(lines) if _is_prose(line)), default=-1)
    for index in range(max(1, last), len(lines)):
        if _RELATED.fullmatch(lines[index]):
            lines = lines[:index]
            break
    lines = [line for line in lines if not _RELATED.fullmatch(line)]
    while len(lines) > 2:
        if len(lines) > 3 and lines[-1].endswith((" ...", " …")) and _same(lines[-2], lines[-3]):
            lines = lines[:-3]
        elif _same(lines[-1], lines[-2]) and not _is_prose(lines[-1]):
            lines = lines[:-2]
        elif _is_signature(lines[-1]) and _is_prose(lines[-2]):
            lines = lines[:-1]
        else:
            break
    return lines


def _without_sign(line: str) -> str:
    for _ in range(3):  # "./. VNA/VNS"
        tail = line[-80:]
        match = _SIGN.search(tail)
        if match is None:
            break
        line = line[: len(line) - len(tail) + match.start()].rstrip()
    return line


def _without_dateline(line: str, body: str, small: dict[str, bool]) -> str:
    """A paragraph without place, day and agency. body: the whole text, which tells places from names; small: what it
    told before."""
    line = _PAPER.sub("", line, count=1) if _PAPER.match(line) else line
    lead = _LEAD.match(line)
    if lead is not None:
        head = lead["head"]
        town, *country = (part.strip() for part in head.split(","))
        place = _LEAD_MARK.sub("", head)
        if place != head:
            sure = len(place.split()) <= 6 and _are_names(place)
        elif _is_capital(town) and all(map(_are_names, country)):
            sure = _written_small(town, body, small) or (lead["long"] is not None and body.count(town) == 1)
        else:
            sure = False
        if sure:
            return line[lead.end() :]
    words = line.split(maxsplit=3)
    for n_words in (3, 2, 1):  # "MOSCOW As part of"
        place, after = " ".join(words[:n_words]), words[n_words:]
        if after and after[0][0].isupper() and _is_capital(place) and _written_small(place, body, small):
            return " ".join(after)
    return line


def _is_capital(place: str) -> bool:
    """Whether a name is all in capitals, and as long as a town's, with a vowel, as acronyms seldom are."""
    letters = re.sub("[ .]", "", place)
    if len(letters) < 4 or not letters.isalpha() or not letters.isupper() or place in _NO_PLACE:
        return False
    return not set("AEIOUY").isdisjoint(unicodedata.normalize("NFD", letters))


def _written_small(place: str, text: str, known: dict[str, bool]) -> bool:
    """Whether the text has the same name as a place in ordinary writing: "in Moscow" for "MOSCOW"."""
    if place not in known:
        name = re.escape(" ".join(word.capitalize() for word in place.split()))
        found = re.search(rf"\b(?:in|at|to|from|near|tại|ở|đến|thăm|từ|thủ đô) {name}\b", text)
        known[place] = found is not None
    return known[place]


def _are_names(text: str) -> bool:
    """Whether the text is one to nine capitalised words, with "và", "of" or brackets between them."""
    words = re.sub(r"\([^)]*\)?", " ", text).replace("/", " ").split()
    capitals = [word for word in words if word[0].isupper()]
    between = [word for word in words[:-1] if word in ("và", "and", "&", "-", "–", "of", "the", "báo")]
    return 0 < len(words) <= 9 and len(capitals) + len(between) == len(words)


def _is_signature(line: str) -> bool:
    """Whether a last line names one who wrote: "Vũ Dũng/VOV", "Thu Hà (tổng hợp)"."""
    line = line.rstrip(" -–")
    return len(line.split()) in range(2, 8) and line[0].isupper() and line[-1] not in ".!?…:,;”\"'" and _are_names(line)


def _is_headline(line: str, body: list[str]) -> bool:
    """Whether a line can head `body`: short, no full stop at its end, longer lines or sentences below."""
    stop = line.rstrip("\"'”’»)]").endswith(".") and not re.search(r"\b\w\.\w\.$|\.\.$", line)
    below = any(_is_prose(other) or len(other) > len(line) for other in body)
    return below and not stop and len(line) <= 250 and line[-1] not in ",;"


def _is_prose(line: str) -> bool:
    """Whether a line ends as a sentence does, and not as a teaser that breaks off."""
    return line.rstrip("\"'”’»)] ").endswith((".", "!", "?", "…")) and not line.endswith((" ...", " …"))


def _same(line: str, other: str) -> bool:
    return _plain(line) == _plain(other)


def _plain(line: str) -> str:
    return line.casefold().strip(" .")
