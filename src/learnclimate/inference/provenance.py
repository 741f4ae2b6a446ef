"""Where draws come from: versions, seed, data, time."""

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from importlib import metadata

import numpy as np
import pandas as pd

from learnclimate.core.layout import paragraph
from learnclimate.counts.design import CountDesign
from learnclimate.disclosure.response import Invited
from learnclimate.survey.left_out import rows_by_reason

_PACKAGES = ("learnclimate", "numpy", "scipy", "pandas", "xarray", "numba", "pymc", "nutpie")

#: What a fingerprint that may be told begins with, and how much work it takes.
_SLOW, _WORK = "scrypt-", 2**14


def package_versions() -> dict[str, str]:
    """
    Tell the installed versions of the packages that matter, without importing them.

    Returns
    -------
    dict of str to str
        Package to version.
    """
    versions = {}
    for package in _PACKAGES:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return versions


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """
    Where draws come from.

    Attributes
    ----------
    source : str
        Where the answers came from.
    n_respondents, n_teams : int
        Size of the study.
    n_left_out : int or None
        Rows left out of it; None in a saved fit where they are few.
    left_out : tuple of (column, reason, number of rows)
        Why rows were left out. A saved fit puts the reasons of few rows together, and where
        there are few in all it gives none.
    data_hash : str
        SHA-256 of the design arrays; in a saved fit what `told_fingerprint` makes of it.
    seed : int
        Seed of every random number.
    draws : int
        Posterior draws in total.
    seconds : float
        How long the fit took.
    created : str
        When, in ISO 8601, UTC.
    versions : dict of str to str
        Versions of the packages that matter.
    n_left_out_below : int or None
        In a saved fit where few rows were left out: how many count as no longer few.
    pseudonymised : tuple of str
        Columns whose names were replaced before the fit; see `pseudonymise`.
    n_summed_out : int or None
        Respondents who left the frequency open and whose level was summed out; they are among
        the `n_respondents`. None in a saved fit where they are few.
    n_summed_out_below : int or None
        In a saved fit where few levels were summed out: how many count as no longer few.
    answers_hash : str
        SHA-256 of the counts and teams alone: the same for models with other covariates,
        so that it tells which fits can be compared; in a saved fit what `told_fingerprint`
        makes of it. Empty in files of before it was kept.
    smallest_group : int or None
        In a saved fit: the minimum at which groups were taken out of it.
    smallest_group_reason : str
        Why that is below the usual minimum; empty where it is not.
    invited : Invited or None
        How many people were asked, where the survey tells; a saved fit keeps what may be told.
    """

    source: str
    n_respondents: int
    n_teams: int
    n_left_out: int | None
    left_out: tuple[tuple[str, str, int], ...]
    data_hash: str
    seed: int
    draws: int
    seconds: float
    created: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    versions: dict[str, str] = field(default_factory=package_versions)
    n_left_out_below: int | None = None
    pseudonymised: tuple[str, ...] = ()
    answers_hash: str = ""
    n_summed_out: int | None = 0
    n_summed_out_below: int | None = None
    # A fit and its file have one provenance.
    smallest_group: int | None = field(default=None, compare=False)
    smallest_group_reason: str = field(default="", compare=False)
    invited: Invited | None = field(default=None, compare=False)

    def __repr__(self) -> str:
        """Tell what was drawn, when and of whom; rows left out for rare reasons stay untold."""
        version = self.versions.get("learnclimate", "of unknown version")
        line = (
            f"<Provenance: {self.n_respondents} respondents in {self.n_teams} teams of "
            f"{self.source}, {self.draws} draws, seed {self.seed}, learnclimate {version}, "
            f"{self.created}>"
        )
        return paragraph(line, rest="  ")


def data_hash(design: CountDesign) -> str:
    """
    Hash the design arrays, so that two fits can be told to rest on the same data.

    Parameters
    ----------
    design : CountDesign
        The data.

    Returns
    -------
    str
        SHA-256, in hexadecimal.
    """
    digest = hashlib.sha256()
    for name in ("outcome", "log_exposure", "frequency_level", "covariates", "team"):
        array = np.ascontiguousarray(getattr(design, name))
        digest.update(f"{name}{array.shape}".encode())
        digest.update(array.tobytes())
    if design.unknown is not None:
        digest.update(data_hash(design.unknown).encode())
    digest.update(np.ascontiguousarray(design.multiplicity).tobytes())
    digest.update("\x00".join(map(str, design.teams)).encode())
    return digest.hexdigest()


def answers_hash(design: CountDesign) -> str:
    """
    Hash what every model of a survey is to predict: whose counts they are, and in which teams.

    Parameters
    ----------
    design : CountDesign
        The data, coded for any model.

    Returns
    -------
    str
        SHA-256, in hexadecimal.
    """
    digest = hashlib.sha256()
    asked = [array for array in (design.asked.highest, design.asked.trials) if array is not None]
    for array in (design.outcome, design.team, design.multiplicity, *asked):
        digest.update(np.ascontiguousarray(array).tobytes())
    digest.update("\x00".join(map(str, design.teams)).encode())
    return digest.hexdigest()


@lru_cache(maxsize=64)
def told_fingerprint(digest: str) -> str:
    """
    Make of a hash of answers what a file or a report may hold: one that takes long to compute.

    Whoever knows all answers but a few can try what these are, and a plain hash would let a
    graphics card try a thousand million a second. This one takes as long as many a fit, and
    16 MiB of memory, at every trial.

    Parameters
    ----------
    digest : str
        As `data_hash` or `answers_hash` gives it, or what this function made of it.

    Returns
    -------
    str
        ``scrypt-`` and 32 hexadecimal digits, the same for the same answers; empty stays empty.

    References
    ----------
    Percival and Josefsson (2016), The scrypt password-based key derivation function, RFC 7914,
    doi 10.17487/RFC7914.

    Examples
    --------
    >>> told = told_fingerprint("0" * 64)
    >>> told == told_fingerprint(told), told == told_fingerprint("1" * 64), len(told)
    (True, False, 39)
    """
    if not digest or digest.startswith(_SLOW):
        return digest
    slow = hashlib.scrypt(digest.encode(), salt=b"learnclimate", n=_WORK, r=8, p=1, dklen=16)
    return _SLOW + slow.hex()


def is_same_data(one: str, other: str) -> bool:
    """
    Tell whether two fingerprints are of the same answers, one of them perhaps from a file.

    Parameters
    ----------
    one, other : str
        Hashes, or what `told_fingerprint` made of them.

    Returns
    -------
    bool
        Whether they are.

    Examples
    --------
    >>> is_same_data("0" * 64, told_fingerprint("0" * 64))
    True
    """
    return one == other or told_fingerprint(one) == told_fingerprint(other)


def reasons_left_out(ledger: pd.DataFrame) -> tuple[tuple[str, str, int], ...]:
    """
    Count the rows that were left out of a survey, by column and reason, each row once.

    Parameters
    ----------
    ledger : pandas.DataFrame
        The ledger of the survey.

    Returns
    -------
    tuple of (column, reason, number of rows)
        Sorted.
    """
    rows = rows_by_reason(ledger).sort_values(["column", "reason"], kind="stable")
    return tuple(
        (str(column), str(reason), int(n)) for column, reason, n in rows.itertuples(index=False)
    )
