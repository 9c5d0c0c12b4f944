"""Bytes -> text: which encoding it is, and Unicode evened out.

Read: UTF-8 and UTF-16 (with a byte order mark, or without where it is evident), windows-1258 (Vietnamese),
windows-1251 and KOI8-R (Russian), windows-1252 (Western). No kept library reads the font encodings TCVN3 and
VNI, whose capitals are in the font and not in the bytes: they are recognised, also where a program saved them
as UTF-8, and named in the error. Everything else is an error that says what was found. Not here: files and
formats (`read`).
"""

from __future__ import annotations

import codecs
import re
import unicodedata

from hoptac.errors import InputError

SAMPLE = 65_536  # bytes that are enough to tell what a file is

_MARKS = {  # UTF-32 first: its little-endian mark starts with that of UTF-16
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_NO_TEXT = {  # how they begin: (what they are, what to try)
    b"%PDF": ("a PDF file", "to save its text first, for example with pdftotext"),
    b"PK\x03\x04": ("a Word document or zip archive", "to save it as text or HTML first"),
    b"\xd0\xcf\x11\xe0": ("an old Word document", "to save it as text or HTML first"),
    b"{\\rtf": ("rich text (RTF)", "to save it as text or HTML first"),
    b"\x1f\x8b": ("a gzip archive", "gunzip first"),
}
_CONTROLS = bytes(byte for byte in range(32) if byte not in b"\t\n\r\f\v\x1a\x1b") + b"\x7f"

# Control characters, soft hyphens, zero-width and direction marks, halves of surrogate pairs: seen by nobody.
_INVISIBLE = re.compile(
    "[\0-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
_MOST_MARKS = 30
_MAY_BE_MARKS = re.compile(rf"[^\w\s\0-\x7f]{{{_MOST_MARKS + 1},}}")
_LINE_ENDS = re.compile("\r\n?|[\v\f\x85\u2028\u2029]")

# What the bytes of the two font encodings look like when they are taken for windows-1252.
_TCVN3 = re.compile(r"(?<=[^\W\d_])[¨©ª«¬\xad®µ¶·¸¹»¼½¾](?=[^\W\d_])|\b®(?=[a-zµ-þ])")
_VNI = re.compile(r"[aeouyAEOUYôöÔÖ][øùûõïâáàåãäêéèúüëØÙÛÕÏÂÁÀÅÃÄÊÉÈÚÜË]|ñ(?=[aeiouöô])")
_UTF8_LETTER = re.compile(rb"[\xc3-\xc6\xd0\xd1][\x80-\xbf]|\xe1[\xba\xbb][\x80-\xbf]|\xe2\x80[\x90-\xbf]")
_TONES = re.compile("[\u0300\u0301\u0303\u0309\u0323]")

# Characters of windows-1252 where Western text has them; anything else suggests broken UTF-8.
_WESTERN = re.compile(
    r"[\x00-\x7f\x85–—‘’‚“”„…•™€£¥§©®°±²³·¹º¼½¾«»¿¡×\xa0]|(?<=[A-Za-zß-öø-ý])[ß-öø-ý]|[ß-öø-ý](?=[a-zß-öø-ý])"
    r"|[À-ÖØ-Ý](?=[a-zß-öø-ýA-Z])|(?<=[A-Z])[À-ÖØ-Ý]"
)


def decode(data: bytes, source: str = "-") -> str:
    """The text of `data`, as `normalise` leaves it.

    Bytes that are not quite UTF-8 are not guessed at: where a text has letters in valid UTF-8 beside broken
    ones, a repair would change its words without a sign.

    Raises InputError, one line that starts with `source`: no text at all (from the first 64 KiB, so a large
    file fails at once), broken UTF-8 with the offset of the first bad byte, or an encoding that cannot be
    read, with its name.
    """
    require_text(data[:SAMPLE], source)
    encoding = _encoding(data)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        where = f"byte {error.start} (line {line})" if line > 1 else f"byte {error.start}"
        raise InputError(
            f"{source}: broken {error.encoding.upper()} at {where}, 0x{data[error.start]:02X};"
            " try to save the file as UTF-8 again, from the program that wrote it"
        ) from None
    font = _font_encoding(text[:SAMPLE])
    if font is not None:
        raise InputError(
            f"{source}: Vietnamese in the font encoding {font}, which is not read;"
            " try to convert it to Unicode first, for example with UniKey's tool"
        )
    return normalise(text)


def require_text(sample: bytes, source: str) -> None:
    """Raise InputError where the start of a file is no text: a known format, NUL bytes, control characters.

    sample: up to the first SAMPLE bytes. Empty is text.
    """
    for mark, (name, advice) in _NO_TEXT.items():
        if sample.startswith(mark):
            raise InputError(f"{source}: this is {name}, not text; try {advice}")
    if sample.startswith(tuple(_MARKS)) or _wide(sample) is not None:
        return
    n_controls = len(sample) - len(sample.translate(None, _CONTROLS))
    if b"\0" in sample or n_controls * 200 > len(sample):
        raise InputError(f"{source}: binary data, not text; try a text, Markdown, HTML or JSON lines file")


def normalise(text: str) -> str:
    """`text` in Unicode NFC with "\\n" line ends, without control, zero-width and soft-hyphen characters.

    >>> normalise("Vie\\u0323\\u0302t\\u00ad Nam\\r\\n")
    'Việt Nam\\n'
    """
    return compose(_INVISIBLE.sub("", _LINE_ENDS.sub("\n", text)))


def compose(text: str) -> str:
    """`text` in Unicode NFC, without the marks of a letter beyond its 30th: no writing has as many (Unicode Standard
    Annex 15, Stream-Safe Text), and composing takes time with their square.

    >>> compose("e\u0302\u0323"), len(compose("a" + "\u0323" * 99))
    ('ệ', 30)
    """
    return unicodedata.normalize("NFC", _MAY_BE_MARKS.sub(_shortened, text))


def _shortened(tower: re.Match[str]) -> str:
    kept, n_marks = [], 0
    for character in tower[0]:
        n_marks = n_marks + 1 if unicodedata.combining(character) else 0
        if n_marks <= _MOST_MARKS:
            kept.append(character)
    return "".join(kept)


def _encoding(data: bytes) -> str:
    """The name of the encoding; UTF-8 where nothing else is likely, so that its error names the offset."""
    for mark, name in _MARKS.items():
        if data.startswith(mark):
            return name
    sample = data[:SAMPLE]
    wide = _wide(sample)
    if wide is not None:
        return wide
    try:
        data.decode("utf-8")
        return "utf-8"
    except UnicodeDecodeError:
        return _legacy(sample) or _legacy(data) or "utf-8"


def _wide(sample: bytes) -> str | None:
    """UTF-16 without a mark: its high bytes are those of Latin, Vietnamese, Cyrillic or punctuation."""
    if b"\0" not in sample or len(sample) < 4:
        return None
    for name, high, low in ("utf-16-le", sample[1::2], sample[::2]), ("utf-16-be", sample[::2], sample[1::2]):
        usual = sum(high.count(byte) for byte in b"\x00\x01\x03\x04\x1e\x20")
        if usual >= 0.97 * len(high) and low.count(0) * 2 < high.count(0):
            return name
    return None


def _legacy(data: bytes) -> str | None:
    """One of the one-byte encodings that are read, where the bytes make sense in it, or None.

    None, too, where there is valid UTF-8 in between: those bytes are broken, not old.
    """
    n_high = len(data) - len(data.translate(None, bytes(range(128, 256))))
    n_latin = len(re.findall(rb"[A-Za-z]", data))
    if len(_UTF8_LETTER.findall(data)) * 4 > (n_high if n_high > n_latin else 1):
        return None  # some pairs of Cyrillic letters look like UTF-8, too
    western = data.decode("cp1252", "replace")
    if _font_encoding(western) is not None:
        return "cp1252"  # `decode` names it
    vietnamese = unicodedata.normalize("NFC", data.decode("cp1258", "replace"))
    if n_latin * 3 > n_high and _TONES.search(data.decode("cp1258", "replace")):
        return None if _TONES.search(vietnamese) or "\ufffd" in vietnamese else "cp1258"
    if n_high > n_latin:
        lower_case_1251 = len(re.findall(rb"[\xe0-\xff]", data))  # where KOI8-R has its capitals
        encoding = "cp1251" if lower_case_1251 * 2 > n_high else "koi8_r"
        n_cyrillic = sum("Ѐ" <= character <= "ӿ" for character in data.decode(encoding, "replace"))
        return encoding if n_cyrillic > 0.8 * n_high else None
    return "cp1252" if not _WESTERN.sub("", western) else None


def _font_encoding(text: str) -> str | None:
    """TCVN3 or VNI, where a text that was taken for windows-1252 is full of their letters."""
    n_other = sum(character > "\x7f" for character in text)
    # Every fifth letter of Vietnamese has a mark; in a Western text with a few "communiqués" one in hundreds.
    if n_other < 3 or n_other * 12 < sum(map(str.isalpha, text)):
        return None
    if len(_TCVN3.findall(text)) > 0.15 * n_other:
        return "TCVN3 (ABC)"
    if len(_VNI.findall(text)) > 0.6 * n_other:
        return "VNI"
    return None
