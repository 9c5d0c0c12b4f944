"""Can a sentence be read alone? Openings that refer back, and what can be dropped from a sentence pulled out.

`refers` tells a sentence whose opening needs the one before it. `stand_alone` drops what is no content once the
neighbours are gone (a connective, a dateline, "the source said") and leaves GAP in its place, so that no word goes
silently and none is put in. Not here: references in mid-sentence.
"""

from __future__ import annotations

import re

GAP = "[…]"
"""What stands in a summary's text where words of a sentence were left out."""

_CONNECTIVES = {
    "en": (
        r"however|moreover|furthermore|in addition|additionally|besides|meanwhile|in the meantime|nevertheless"
        r"|nonetheless|therefore|thus|hence|as a result|consequently|accordingly|likewise|similarly|also|then"
        r"|on the other hand|for (?:his|her|its|their) part|in (?:turn|response|reply|return|particular|fact)"
        r"|at the same time|after that|earlier|later|for example|for instance|in other words|after all"
    ),
    "vi": (
        r"tuy nhiên|tuy vậy|tuy thế|dù vậy|mặc dù vậy|thế nhưng|nhưng|ngoài ra|bên cạnh đó|thêm vào đó|hơn nữa|hơn thế"
        r"|đồng thời|theo đó|do đó|do vậy|vì vậy|vì thế|bởi vậy|nhờ đó|từ đó|qua đó|như vậy|trong khi đó"
        r"|trong đó|sau đó"
        r"|trước đó|khi đó|tiếp đó|tương tự|ngược lại|trái lại|cụ thể|cụ thể là|chẳng hạn|ví dụ|về phần mình|đặc biệt"
        r"|mặt khác|kết quả là|nói cách khác|cùng với đó|không những thế|không chỉ vậy|vậy nên"
    ),
    "ru": (
        r"кроме того|при этом|вместе с тем|в то же время|тем не менее|таким образом|в свою очередь|между тем"
        r"|тем временем"
        r"|в частности|например|в связи с этим|в результате"
    ),
}
# Pronouns, and determiners that point at the sentence before.
_BACK = {
    "en": (
        r"he|she|it|they|we|his|her|its|their|theirs|him|them|this|that|these|those|such|there|here|both"
        r"|another|others?"
        r"|and|but|so|or|yet|nor|instead|still|again|afterwards?|neither|either|each|one of (?:them|the)|some of them"
        r"|(?:in|at|on|by|for|after|during|under|with|from|to|of|as|since|before|despite)"
        r" (?:this|that|these|those|such|it|them|his|her|its|their|which|the same|doing so)"
        r"|(?:during|at|after|before|on|following) the"
        r" (?:meeting|talks|visit|event|ceremony|reception|call|occasion|same|sidelines|conference|session)"
        r"|the (?:two|three|both|latter|former|same|other|pair|duo|move|deal|pact|agreement|decision|visit"
        r"|meeting|event"
        r"|talks|project|plan|proposal|document|statement|official|minister|president|ambassador|leader|company|group"
        r"|programme|program|ceremony|announcement|incident|man|woman)"
        r"|according to (?:him|her|it|them|the (?:statement|plan|agreement|document|report|official|source))"
    ),
    "vi": (
        r"đây|đó|đấy|này|họ|nó|chúng|hắn|y|điều (?:này|đó|ấy)|việc (?:này|đó)|cái (?:này|đó)|tại (?:đây|đó)"
        r"|ở (?:đây|đó)|nơi (?:này|đây|đó)"
        r"|song|và|còn|nên|cũng|rồi|vậy|thế|mà|bởi|hoặc|lúc (?:này|đó)|khi (?:này|ấy|đó)|sau (?:này|khi đó)"
        r"|trước (?:đây|này)|từ đây"
        r"|theo (?:ông|bà|anh|chị|cô|ngài|vị|đó|họ)(?= (?:này|ta|ấy|nói|thì)|,)|về (?:vấn đề|việc|điều) (?:này|đó)"
        r"|trong (?:số|khi) (?:này|đó)|cùng (?:lúc|ngày|năm|thời điểm)|cả (?:hai|ba)|số (?:này|đó|còn lại)|người này"
        r"|(?:tại|trong|nhân|sau|qua|trước|kết thúc|mở đầu|phát biểu tại) (?:buổi|cuộc|chuyến|sự kiện|hội nghị|lễ|dịp)"
        r"(?: [^\W\d_]+){0,3}(?= ?,)"
        r"|(?:[^\W\d_]+ ){1,4}(?:này|đó|ấy|nói trên|kể trên|trên)"
        r"(?= (?:là|đã|sẽ|được|bị|có|cũng|do|nhằm|đang|còn|vẫn|không|phải|cho|đều|vừa|từng|khiến|giúp|gồm|của|,)|,)"
        r"|hai (?:bên|nước|người|ông|bà|bộ trưởng|nhà lãnh đạo|vị|nhà|chị|em|anh|đối tượng|nạn nhân|vợ chồng"
        r"|mẹ con)|ba người"
        r"|(?:ông|bà|anh|chị|cô|ngài|em|cậu|vị|chàng|nàng|người|bác sĩ|nạn nhân|đối tượng|nghi phạm|nam|nữ)"
        r" (?:ấy|này|ta|nói|kể|cho|chia|nhấn|khẳng|đề|bày|cũng|đã|sẽ|đang|được|bị|có|là|vẫn|còn|không|nhận|và"
        r"|rất|từng|vừa|tin"
        r"|hy|mong|cảm|đánh|tái|yêu|lưu|thông|trả|giải|phát|đến|muốn|cam|phân|tiết|thừa|khai|nêu|mới|sinh|tên"
        r"|lại|thường)"
    ),
    "ru": (
        r"он|она|оно|они|его|её|ее|их|им|ему|ей|это|этот|эта|эти|этого|этой|этих|тот|та|те|такой|такая|такие"
        r"|там|тут|здесь"
        r"|также|тоже|и|а|но|однако|затем|потом|поэтому|зато|по (?:его|её|ее|их) словам|об этом|при этом"
        r"|стороны|оба|обе"
    ),
}
_LEAD = r"[\s\"'“‘«(\[–—-]*"
_REFERS = {
    language: re.compile(rf"{_LEAD}(?:{_CONNECTIVES[language]}|{back})(?![\w-])", re.IGNORECASE)
    for language, back in _BACK.items()
}
_DROPPED_FIRST = {
    language: re.compile(rf"(?:{words}),\s+(?=\S)", re.IGNORECASE) for language, words in _CONNECTIVES.items()
}
# "HÀ NỘI (TTXVN) – ", "HANOI, July 5 (VNA) - ": capitals, an agency in brackets, a dash.
_DATELINE = re.compile(r"[^\W\d_][^.!?:;()]{1,40}\([A-Z][\w+./ -]{1,20}\)(?:\s+[-–—]+\s*|[-–—]+\s+)(?=\S)")
_SAYS = {
    "en": re.compile(
        r",[\"”]? (?:(?:the|a) (?:source|statement|report|release|agency|newspaper)|sources?|he|she|it|they|officials)"
        r" (?:said|added|noted|reported|stated|stressed|says|told reporters)(?=[.]?$)"
    ),
    "vi": re.compile(
        r",[\"”]? (?:nguồn tin|thông cáo|bản tin|báo cáo|ông|bà|vị này|ông này|bà này)(?: trên)?"
        r" (?:cho biết|cho hay|nêu rõ|nói|nhấn mạnh|khẳng định)(?: thêm)?(?=[.]?$)"
    ),
    "ru": re.compile(
        r",[\"»]? ?[-–—]? (?:(?:сообщил|сообщила|отметил|отметила|добавил|добавила|сказал|сказала) (?:он|она|источник)"
        r"|говорится в (?:сообщении|заявлении))(?=[.]?$)"
    ),
}


def refers(text: str, language: str) -> bool:
    """Whether the sentence opens with words that need the one before it. Where the language is none of "en", "vi" and
    "ru", the words of all three count.

    >>> refers("However, trade grew.", "en"), refers("Trade grew.", "en"), refers("Ông cho biết thêm.", "vi")
    (True, False, True)
    """
    known = [language] if language in _REFERS else list(_REFERS)
    return any(_REFERS[name].match(text) for name in known)


def stand_alone(text: str, language: str, *, follows: bool = False) -> str:
    """The sentence without what is no content outside its article, GAP where it stood.

    Dropped are a dateline, a connective with a comma behind it at the opening unless the sentence it connects with is
    there too (follows), and at the end a bare "the source said". No letter of the rest changes.

    >>> stand_alone("However, trade grew, the source said.", "en")
    '[…] trade grew […].'
    >>> stand_alone("However, trade grew.", "en", follows=True)
    'However, trade grew.'
    """
    start = dateline.end() if (dateline := _DATELINE.match(text)) else 0
    if not follows and language in _DROPPED_FIRST and (found := _DROPPED_FIRST[language].match(text, start)):
        start = found.end()
    tail = _SAYS[language].search(text, start) if language in _SAYS else None
    if tail is not None and len(text[start : tail.start()].split()) < 3:
        tail = None
    kept = text[start:] if tail is None else f"{text[start : tail.start()]} {GAP}{text[tail.end() :]}"
    return f"{GAP} {kept}" if start else kept
