"""Does a sentence lean on the one before it? Its opening tells: "He also", "Ông cho biết", "theo đó".

A summary's sentence that opens so, and whose predecessor in the article is not in the summary, has lost
what it refers to. The list is kept apart from any that a summariser uses, so that a measure is not met by
its own rule. Not here: references in mid-sentence, which a reader can mostly do without.
"""

from __future__ import annotations

import re

_QUOTE = r"[\s\"'“‘«(–—-]*"

# A pronoun or a determiner with a bare noun, a connective, a reply. Matched without regard to case.
_ENGLISH = (
    r"(?:also|additionally|besides|furthermore|moreover|meanwhile|however|nevertheless|nonetheless|therefore"
    r"|thus|hence|accordingly|consequently|instead|likewise|similarly|then|afterwards?|but|and|so|yet|or"
    r"|as such"
    r"|as a result|for (?:example|instance|his part|her part|its part|their part)"
    r"|in (?:addition|response|reply|return|turn|this|that|particular|the same)"
    r"|(?:on|at|for|after|during|under|with) (?:this|that|these|those|the same|which)"
    r"|(?:at|during|after|before) the (?:meeting|talks|reception|event|visit|call|ceremony)"
    r"|he|she|it|they|his|her|hers|its|their|theirs|him|them|this|that|these|those|such"
    r"|both(?! (?-i:[A-Z]))"
    r"|the (?:two|latter|former|same|move|pact|deal|agreement|decision|visit|meeting|event|talks|project))"
    r"(?![\w-])"
)
# "Ông", "bà" and the like refer back only where no name follows; "Anh" is also Britain.
_VIETNAMESE = (
    r"(?:cũng (?:theo|tại|trong|nhân|như)|do vậy|vì vậy|vì thế|bởi vậy|như vậy|bên cạnh đó|ngoài ra|hơn nữa"
    r"|(?:theo|do|nhờ|từ|qua|sau|trước|khi|lúc|trong khi|trong|đi liền với) đó"
    r"|thêm vào đó|đồng thời|tuy nhiên|tuy vậy|mặc dù vậy|dù vậy|nhưng|song|và|còn|thế nhưng|ngược lại"
    r"|trái lại|tương tự|cụ thể|chẳng hạn|về phần mình"
    r"|về (?:vấn đề|việc) này|trong số (?:này|đó)|(?:tại|trước|sau) (?:đây|này)"
    r"|(?:tại|trong|nhân|trước|sau|qua) (?:buổi|cuộc|chuyến)"
    r" (?:gặp|tiếp|hội đàm|điện đàm|làm việc|thăm|họp)(?= ?,)"
    r"|đây|đó|điều (?:này|đó|ấy)|họ|nó|chúng"
    r"|(?:\w+ ){1,3}(?:này|đó|nói trên)(?= (?:là|đã|sẽ|được|có|cũng|do|nhằm|đang))"
    r"|hai (?:bên|nước|người|ông|bộ trưởng|nhà lãnh đạo)|(?:anh|vị) (?:ấy|này|ta|nói|cho biết)"
    r"|(?:ông|bà|chị|cô|ngài)(?= (?!con)(?-i:[a-zà-ỹđ])))(?!\w)"
)
_RUSSIAN = (
    r"(?:он|она|оно|они|его|её|ее|их|это|этот|эта|эти|такой|такая|также|кроме того|при этом|поэтому"
    r"|однако|затем|вместе с тем|в свою очередь|по (?:его|её|ее|их) словам|в связи с этим|тем временем"
    r"|и|а|но)(?!\w)"
)
_OPENINGS = {
    language: re.compile(_QUOTE + pattern, re.IGNORECASE)
    for language, pattern in (("en", _ENGLISH), ("vi", _VIETNAMESE), ("ru", _RUSSIAN))
}


def dangles(sentence: str, language: str) -> bool:
    """Whether the sentence opens with a word that refers back. False for languages without a list.

    >>> dangles("He also thanked the embassy.", "en"), dangles("Minister Lan thanked the embassy.", "en")
    (True, False)
    >>> dangles("Ông cho biết thêm.", "vi"), dangles("Ông Nguyễn Văn A cho biết thêm.", "vi")
    (True, False)
    """
    pattern = _OPENINGS.get(language)
    return pattern is not None and pattern.match(sentence) is not None


def n_dangling(sentences: tuple[str, ...], chosen: tuple[int, ...], language: str) -> int:
    """How many of the chosen sentences (ascending indices) open so without their predecessor beside them.

    >>> n_dangling(("Talks were held.", "He also spoke.", "It ended."), (0, 1), "en")
    0
    >>> n_dangling(("Talks were held.", "He also spoke.", "It ended."), (0, 2), "en")
    1
    """
    return sum(index > 0 and index - 1 not in chosen and dangles(sentences[index], language) for index in chosen)
