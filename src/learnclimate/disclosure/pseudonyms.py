"""Pseudonyms: codes drawn by chance, which tell neither the name nor its place in an order."""

import secrets
from collections.abc import Iterable, Mapping

#: Without vowels, so that no word arises, and without what is easily taken for another sign.
_SIGNS = "BCDFGHJKMNPQRTVWXYZ2346789"
_LENGTH = 4


def draw_pseudonyms(
    names: Iterable[str], prefix: str, known: Mapping[str, str] | None = None
) -> dict[str, str]:
    """
    Draw a pseudonym for every name that has none.

    Parameters
    ----------
    names : iterable of str
        The names.
    prefix : str
        What each pseudonym begins with.
    known : mapping of str to str, optional
        Name to pseudonym; these stay as they are.

    Returns
    -------
    dict of str to str
        Name to pseudonym: the known ones, then the new ones. Codes come from the random
        numbers of the operating system and no seed, so that nobody can draw them again.

    Examples
    --------
    >>> drawn = draw_pseudonyms(["North", "South"], "T-", {"North": "T-K7QX"})
    >>> drawn["North"], len(drawn["South"])
    ('T-K7QX', 6)
    """
    found = dict(known or {})
    taken = set(found.values())
    for name in names:
        if name in found:
            continue
        code, length = "", _LENGTH
        while not code or code in taken:
            code = prefix + "".join(secrets.choice(_SIGNS) for _ in range(length))
            # Where many are taken, longer codes keep the search short.
            length += code in taken
        found[name] = code
        taken.add(code)
    return found
