"""Names as a figure can draw them: short enough, and of signs that some font has."""

import unicodedata
from functools import cache
from itertools import groupby
from typing import Final

#: Families with signs that the usual one lacks, tried in this order where they are installed.
#: Fonts of coloured pictures are left out: matplotlib draws outlines.
FALLBACKS: Final = (
    *("Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans CJK KR", "Source Han Sans SC"),
    *("WenQuanYi Zen Hei", "WenQuanYi Micro Hei", "Droid Sans Fallback", "PingFang SC"),
    *("Hiragino Sans", "Apple SD Gothic Neo", "Microsoft YaHei", "Yu Gothic", "MS Gothic"),
    *("Malgun Gothic", "Noto Sans Arabic", "Noto Sans Hebrew", "Noto Sans Devanagari"),
    *("Noto Sans Thai", "Noto Emoji", "Segoe UI Emoji", "Segoe UI Symbol", "Symbola"),
    *("Noto Sans Symbols2", "Noto Sans Symbols", "Apple Symbols", "Arial Unicode MS"),
)
#: What joins or varies other signs, and is nothing by itself.
_JOINERS: Final = "\u200d\ufe0e\ufe0f"


def families() -> list[str]:
    """
    Name the families of letters for figures: the user's, then those with further signs.

    Returns
    -------
    list of str
        As in matplotlib's ``font.family``.
    """
    import matplotlib as mpl

    return [*mpl.rcParams["font.family"], *_installed()]


@cache
def _installed() -> tuple[str, ...]:
    from matplotlib.font_manager import fontManager

    known = set(fontManager.get_font_names())
    return tuple(family for family in FALLBACKS if family in known)


@cache
def _signs(chosen: tuple[str, ...]) -> frozenset[int]:
    """Code points that some of the families has."""
    from matplotlib.font_manager import FontProperties, findfont, get_font

    signs: set[int] = set()
    for family in chosen:
        path = findfont(FontProperties(family=[family]))
        signs.update(get_font(path).get_charmap())
    return frozenset(signs)


def lacks_signs(text: str) -> bool:
    """
    Tell whether the user's own letters lack a sign of a text.

    Parameters
    ----------
    text : str
        The text.

    Returns
    -------
    bool
        Whether they do.

    Examples
    --------
    >>> lacks_signs("Zorg & Welzijn")
    False
    """
    if text.isascii():
        return False
    import matplotlib as mpl

    known = _signs(tuple(mpl.rcParams["font.family"]))
    return any(ord(sign) not in known for sign in text if sign != "\n")


def drawable(label: str) -> str:
    """
    Replace signs that no installed font has by words, or else by their codes.

    Parameters
    ----------
    label : str
        A name from the questionnaire.

    Returns
    -------
    str
        The name; a picture is told by its name in brackets, another sign by its code.

    Examples
    --------
    >>> drawable("Zorg & Welzijn – één")
    'Zorg & Welzijn – één'
    """
    if label.isascii():
        return label
    known = _signs(tuple(families()))
    if all(ord(sign) in known for sign in label):
        return label
    kept = [sign for sign in label if sign not in _JOINERS]
    runs = groupby(kept, key=lambda sign: ord(sign) in known)
    return "".join("".join(run) if has else _told(list(run)) for has, run in runs)


def _told(signs: list[str]) -> str:
    words = [
        unicodedata.name(sign, "").lower() if unicodedata.category(sign) == "So" else ""
        for sign in signs
    ]
    told = [word or f"{ord(sign):X}" for word, sign in zip(words, signs, strict=True)]
    return f"[{' '.join(told)}]"


def shortened(label: str, most: int = 22) -> str:
    r"""
    Shorten a long name in its middle, since names often differ at their end.

    Tabs and line breaks become single spaces: a font has no sign for them.

    Parameters
    ----------
    label : str
        The name.
    most : int, default 22
        Characters that fit.

    Returns
    -------
    str
        At most `most` characters.

    Examples
    --------
    >>> shortened("Customer services and support, north 2", 22)
    'Customer serv… north 2'
    >>> shortened("north\t2")
    'north 2'
    """
    label = drawable(" ".join(label.split()))
    if len(label) <= most:
        return label
    tail = (most - 1) * 2 // 5
    return f"{label[: most - 1 - tail]}…{label[-tail:]}"
