"""Self-harm in scripts that no line may be written in: such a text is refused, never judged."""

from __future__ import annotations

import unicodedata

# Without blanks, as the texts are compared. Whoever is met here by mistake reads a kind word.
PHRASES = (
    *("хочуумереть", "нехочужить", "нехочубольшежить", "убитьсебя", "убьюсебя"),
    *("покончитьссобой", "покончусобой", "покончуссобой", "самоубийств", "суицид"),
    *("хочупомерти", "нехочужити", "вбитисебе", "самогубств", "покінчитизсобою"),
    *("искамдаумра", "самоубий", "хоћудаумрем", "желимдаумрем"),
    *("想死", "不想活", "自杀", "自殺", "轻生", "輕生", "结束生命", "結束生命", "自残", "自殘"),
    *("死にたい", "しにたい", "消えたい", "自傷", "リストカット"),
    *("죽고싶", "자살", "자해", "살기싫"),
    *("أريدأنأموت", "اريدانأموت", "اريداناموت", "أريدالموت", "اريدالموت", "انتحار", "أقتلنفسي"),
    *("רוצהלמות", "להתאבד", "התאבדות", "לארוצהלחיות"),
    *("خودکشی", "میخواهمبمیرم", "میخوامبمیرم"),
    *("मरनाचाहत", "आत्महत्या", "खुदकुशी", "जीनानहींचाहत"),
    *("θέλωναπεθάνω", "αυτοκτον", "νασκοτωθώ", "อยากตาย", "ฆ่าตัวตาย"),
)


def _plain(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text).casefold()
    return "".join(sign for sign in apart if unicodedata.category(sign)[0] == "L")


_FOUND = tuple(dict.fromkeys(_plain(phrase) for phrase in PHRASES))


def speaks_of_despair(text: str) -> bool:
    """Whether any of the phrases stands in a text, whatever stands between its letters."""
    told = _plain(text)
    return any(phrase in told for phrase in _FOUND)
