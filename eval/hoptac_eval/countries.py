"""Puts other countries in the place of those that a text names: the themes stay, so a classifier's answer should too.

A fixed table, names as whole words, English and Vietnamese. Rough on purpose: capitals, cities, people and articles
stay as they are, and so do names that are ordinary words as well ("Anh", "Ý").
"""

from __future__ import annotations

import re
from collections.abc import Mapping

# Name; adjective; Vietnamese. Forms after a comma are found too, the first is written. Neighbours stand together, so
# that half the table further on lies another continent.
_TABLE = """
Vietnam, Viet Nam; Vietnamese; Việt Nam
China; Chinese; Trung Quốc
Japan; Japanese; Nhật Bản
South Korea; South Korean; Hàn Quốc
North Korea; North Korean; Triều Tiên
Mongolia; Mongolian; Mông Cổ
Laos; Lao, Laotian; Lào
Cambodia; Cambodian; Campuchia
Thailand; Thai; Thái Lan
Malaysia; Malaysian; Malaysia
Indonesia; Indonesian; Indonesia
Singapore; Singaporean; Singapore
Brunei; Bruneian; Brunei
Myanmar; Burmese; Myanmar
India; Indian; Ấn Độ
Nepal; Nepalese, Nepali; Nepal
Pakistan; Pakistani; Pakistan
Bangladesh; Bangladeshi; Bangladesh
Kazakhstan; Kazakh, Kazakhstani; Kazakhstan
Uzbekistan; Uzbek; Uzbekistan
Tajikistan; Tajik; Tajikistan
Iran; Iranian; Iran
Israel; Israeli; Israel
Australia; Australian; Australia, Úc
New Zealand; New Zealand; New Zealand
Fiji; Fijian; Fiji
the United States, United States, The United States, the U.S., U.S., the US, US; American; Mỹ, Hoa Kỳ
Canada; Canadian; Canada
Mexico; Mexican; Mexico, Mêxicô
Cuba; Cuban; Cuba
Brazil; Brazilian; Brazil
Argentina; Argentine, Argentinian; Argentina
Chile; Chilean; Chile, Chi-lê
Russia; Russian; Nga
Ukraine; Ukrainian; Ukraine
Belarus; Belarusian; Belarus
Poland; Polish; Ba Lan
Hungary; Hungarian; Hungary
Germany; German; Đức
France; French; Pháp
Belgium; Belgian; Bỉ
the Netherlands, Netherlands; Dutch; Hà Lan
Britain, the United Kingdom, the UK, UK, Great Britain; British; Vương quốc Anh
Denmark; Danish; Đan Mạch
Finland; Finnish; Phần Lan
Sweden; Swedish; Thụy Điển
Spain; Spanish; Tây Ban Nha
Portugal; Portuguese; Bồ Đào Nha
Italy; Italian; Italia, Italy
Greece; Greek; Hy Lạp
Turkey, Türkiye; Turkish; Thổ Nhĩ Kỳ
Egypt; Egyptian; Ai Cập
Algeria; Algerian; Algeria
Kenya; Kenyan; Kenya
Rwanda; Rwandan; Rwanda
South Africa; South African; Nam Phi
"""
_COLUMNS = {"en": (0, 1), "vi": (2,)}
# Longer names that a country's stands in, and that are no country.
_KEPT = ("Indian Ocean", "New Mexico", "Nam Mỹ", "Bắc Mỹ", "Trung Mỹ", "Mỹ Latinh", "Mỹ La-tinh", "Ấn Độ Dương")


def _swaps(language: str) -> Mapping[str, str]:
    """Form -> what takes its place: the same column of the country half the table further on."""
    rows = [[cell.split(", ") for cell in line.split("; ")] for line in _TABLE.strip().split("\n")]
    return {name: name for name in _KEPT} | {
        form: rows[(number + len(rows) // 2) % len(rows)][column][0]
        for number, row in enumerate(rows)
        for column in _COLUMNS[language]
        for form in row[column]
    }


SWAPS = {language: _swaps(language) for language in _COLUMNS}
# Longer names first: "South Korea" is found before anything that stands in it.
_FINDERS = {
    language: re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, sorted(swaps, key=len, reverse=True)))})(?!\w)")
    for language, swaps in SWAPS.items()
}


def swap_countries(text: str, language: str) -> str:
    """The text with every country of the table, and its adjective, replaced; always in the same way, two countries
    never by one. Text in a language without a table stays as it is.

    >>> swap_countries("Vietnam's Thai guests", "en"), swap_countries("Việt Nam và Nga", "vi")
    ("Mexico's Polish guests", 'Mexico và Mông Cổ')
    """
    if language not in SWAPS:
        return text
    return _FINDERS[language].sub(lambda match: SWAPS[language][match[0]], text)
