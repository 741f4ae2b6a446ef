"""`Outcome`: how the count of learning activities was asked."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from learnclimate.core.errors import ArgumentTypeError, CodebookError
from learnclimate.core.numbers import whole_number
from learnclimate.core.showing import Declared
from learnclimate.survey.answer_options import AnswerOption, checked_options
from learnclimate.survey.codebook_checks import checked_name, checked_names

OutcomeKind = Literal["number", "options", "checklist", "out of", "kinds"]
Options = Sequence[str] | Mapping[str, object]

_LARGEST_TRIALS = 1_000
#: Names that stand for something else beside the kinds.
_RESERVED_KINDS = ("total",)


@dataclass(frozen=True, slots=True, init=False, repr=False)
class Outcome(Declared):
    """
    How the count of learning activities was asked.

    Give at most one of `bins`, `checklist`, `trials` and `kinds`; without any, the column holds
    open numbers.

    Parameters
    ----------
    name : str
        Column of the answers. For a checklist the name of the number ticked, which is no
        column of the file.
    bins : sequence of str, or mapping, optional
        Answer options, as they stand in the data. A list of labels that tell their counts
        (``"none", "1-2", "3 to 5", "6 or more", "6+", "more than 5"``, also in Dutch), or a
        mapping of label to ``(lowest, highest)``, highest None where it is open. They begin
        at 0, leave no gap, and the last is open. Where they differ between versions of the
        questionnaire: a mapping of version to options.
    version : str, optional
        Column that tells the version of the questionnaire, where `bins` differ.
    top : int, optional
        Top code of an open number: this answer, also written "10+", means so many or more.
    checklist : sequence of str, optional
        Columns of a checklist, one an activity: 1 (ticked) or 0. The outcome is how many of
        these K were ticked; model it with ``BetaBinomial()``.
    trials : int or str, optional
        K, where the column counts how many of K activities: a number, or the column of it.
    empty_means_unticked : bool, default False
        Whether an empty cell of a checklist means "not ticked", as survey programs write it.
        A row without any tick is then left out: nothing tells it from a question skipped.
    kinds : sequence of str, optional
        Columns of open numbers, one a kind of activity; model them with ``KindsModel()``. A
        respondent who left some kinds open keeps those answered; who answered none is left out,
        told of the first. The outcome is their total, under a name that is no column of the file.

    Raises
    ------
    CodebookError
        If the parts contradict each other, or the options overlap or leave a gap.
    ArgumentTypeError
        If a part has the wrong type.

    Examples
    --------
    >>> Outcome("activities", bins=["none", "1-2", "3-5", "6 or more"]).kind
    'options'
    >>> Outcome("activities", top=10).top
    10
    >>> Outcome("activities", checklist=["course", "coaching", "reading"]).trials
    3
    >>> Outcome("activities", kinds=["training", "trying_out", "passed_on"]).kind
    'kinds'
    """

    name: str
    bins: tuple[tuple[str, tuple[AnswerOption, ...]], ...]
    version: str | None
    top: int | None
    checklist: tuple[str, ...]
    trials: int | str | None
    empty_means_unticked: bool
    kinds: tuple[str, ...]

    def __init__(  # noqa: PLR0913 - the ways to ask, each optional and by name
        self,
        name: str,
        *,
        bins: Options | Mapping[str, Options] | None = None,
        version: str | None = None,
        top: int | None = None,
        checklist: Sequence[str] | None = None,
        trials: int | str | None = None,
        empty_means_unticked: bool = False,
        kinds: Sequence[str] | None = None,
    ) -> None:
        set_field = object.__setattr__
        set_field(self, "name", checked_name("Outcome(name)", name))
        where = f"Outcome {name!r}"
        checked = None if version is None else checked_name(f"{where}: version", version)
        set_field(self, "version", checked)
        set_field(self, "bins", _checked_bins(where, bins, checked))
        set_field(self, "top", _checked_top(where, top))
        set_field(self, "checklist", _checked_checklist(where, checklist))
        set_field(self, "trials", _checked_trials(where, trials, self.checklist))
        if not isinstance(empty_means_unticked, bool):
            raise ArgumentTypeError(f"{where}: give empty_means_unticked as True or False.")
        set_field(self, "empty_means_unticked", empty_means_unticked)
        set_field(self, "kinds", _checked_kinds(where, kinds))
        self._refuse_contradictions(where)

    def __rich_repr__(self) -> Iterator[tuple[str | None, object]]:
        """Give the arguments of the call that makes this outcome."""
        from learnclimate.survey.outcome_toml import outcome_to_mapping

        parts = outcome_to_mapping(self)
        del parts["name"]
        yield None, self.name
        yield from parts.items()

    @property
    def kind(self) -> OutcomeKind:
        """Open number, answer options, checklist, so many out of K, or several kinds."""
        if self.kinds:
            return "kinds"
        if self.bins:
            return "options"
        if self.checklist:
            return "checklist"
        return "number" if self.trials is None else "out of"

    @property
    def is_plain(self) -> bool:
        """Whether the column holds open numbers without a top code."""
        return self.kind == "number" and self.top is None

    @property
    def is_exact(self) -> bool:
        """Whether every answer tells the count itself."""
        return not self.bins and self.top is None

    @property
    def columns(self) -> dict[str, str]:
        """Columns of the source that it needs, with their roles."""
        if self.kinds:
            return dict.fromkeys(self.kinds, "kind of activity")
        if self.checklist:
            return dict.fromkeys(self.checklist, "checklist activity")
        columns = {self.name: "outcome option" if self.bins else "outcome"}
        if self.version is not None:
            columns[self.version] = "questionnaire version"
        if isinstance(self.trials, str):
            columns[self.trials] = "number of activities asked"
        return columns

    def options_of(self, version: str | None = None) -> tuple[AnswerOption, ...]:
        """
        Give the answer options of one version of the questionnaire.

        Parameters
        ----------
        version : str, optional
            The version; may be left out where there is one.

        Returns
        -------
        tuple of AnswerOption
            In order, the lowest first.

        Raises
        ------
        CodebookError
            If there is no such version.

        Examples
        --------
        >>> outcome = Outcome("n", bins=["none", "1 or more"])
        >>> [option.lowest for option in outcome.options_of()]
        [0, 1]
        """
        for name, options in self.bins:
            if name == (version or ""):
                return options
        raise CodebookError(
            f"Outcome {self.name!r} has no options for version {version!r}, only for "
            f"{', '.join(repr(name) for name, _ in self.bins)}."
        )

    def _refuse_contradictions(self, where: str) -> None:
        counted = self.trials is not None and not self.checklist
        given = [bool(self.bins), bool(self.checklist), counted, bool(self.kinds)]
        if sum(given) > 1:
            raise CodebookError(f"{where}: give only one of bins, checklist, trials and kinds.")
        if self.version is not None and not self.bins:
            raise CodebookError(
                f"{where}: version tells which bins were asked, but there are no bins. Give both "
                "or neither."
            )
        if self.top is not None and any(given):
            raise CodebookError(
                f"{where}: top is for open numbers. Let the highest of the bins be open instead."
            )
        if self.empty_means_unticked and not self.checklist:
            raise CodebookError(f"{where}: empty_means_unticked is for a checklist.")
        if self.name in self.kinds:
            raise CodebookError(
                f"{where}: the total of the kinds needs a name of its own, none of theirs."
            )
        if len(self.columns) < len(self.checklist or self.columns) or self.name in self.checklist:
            raise CodebookError(
                f"{where}: the number ticked needs a name of its own, none of the checklist's."
            )
        if self.version == self.name or self.trials == self.name:
            raise CodebookError(f"{where}: column {self.name!r} has two roles. Choose one.")


def _checked_bins(
    where: str, bins: object, version: str | None
) -> tuple[tuple[str, tuple[AnswerOption, ...]], ...]:
    if bins is None:
        return ()
    if not isinstance(bins, Mapping | Sequence) or isinstance(bins, str):
        raise ArgumentTypeError(
            f"{where}: give bins as a list of labels or a mapping of label to counts, not {bins!r}."
        )
    if not bins:
        raise CodebookError(
            f"{where}: bins is empty. Name the answer options; for an open number leave bins out."
        )
    if version is None:
        _refuse_versions(where, bins)
        return (("", checked_options(f"{where}: bins", bins)),)
    if not isinstance(bins, Mapping):
        raise ArgumentTypeError(
            f"{where}: with a version, give bins as a mapping of version to options."
        )
    return tuple(
        (str(name), checked_options(f"{where}: bins of version {name!r}", options))
        for name, options in bins.items()
    )


def _refuse_versions(where: str, bins: object) -> None:
    """Refuse options by version where no column tells the version."""
    given = bins if isinstance(bins, Mapping) else {}
    names = [
        str(name)
        for name, options in given.items()
        if isinstance(options, Mapping)
        or (isinstance(options, list | tuple) and any(isinstance(one, str) for one in options))
    ]
    if names:
        shown = " and ".join(map(repr, names[:3]))
        raise CodebookError(
            f"{where}: bins lists options for {shown} apart, as for versions of a questionnaire, "
            "but version= is missing. Name the column that tells which version a respondent had: "
            "Outcome(..., version='...', bins={version: options})."
        )


def _checked_checklist(where: str, checklist: Sequence[str] | None) -> tuple[str, ...]:
    if checklist is None:
        return ()
    names = checked_names(f"{where}: checklist", checklist)
    if len(names) < 2:
        told = "is empty" if not names else f"has one activity, {names[0]!r}"
        raise CodebookError(
            f"{where}: checklist {told}, and a checklist has two or more: it is the number ticked "
            "that is counted. Name the columns of all its activities."
        )
    return names


def _checked_top(where: str, top: object) -> int | None:
    if top is None:
        return None
    whole = whole_number(top)
    if whole is None:
        raise ArgumentTypeError(f"{where}: top={top!r} should be a whole number.")
    if whole < 1:
        raise CodebookError(f"{where}: top={whole} should be 1 or more.")
    return whole


def _checked_trials(where: str, trials: object, checklist: tuple[str, ...]) -> int | str | None:
    if trials is None:
        return len(checklist) or None
    if checklist:
        raise CodebookError(f"{where}: trials follow from the checklist. Leave them out.")
    if isinstance(trials, str):
        return checked_name(f"{where}: trials", trials)
    whole = whole_number(trials)
    if whole is None:
        raise ArgumentTypeError(f"{where}: trials={trials!r}: give a whole number or a column.")
    if not 1 <= whole <= _LARGEST_TRIALS:
        raise CodebookError(f"{where}: trials={whole} should lie between 1 and {_LARGEST_TRIALS}.")
    return whole


def _checked_kinds(where: str, kinds: object) -> tuple[str, ...]:
    if kinds is None:
        return ()
    if isinstance(kinds, Sequence) and any(isinstance(kind, Outcome) for kind in kinds):
        raise ArgumentTypeError(
            f"{where}: kinds are open numbers, each told by its column: kinds=['training', "
            "'sharing']. A kind that was asked by bins, a checklist or a top code is an outcome "
            "by itself: give it to Codebook(outcome=...) and a CountModel of its own."
        )
    names = checked_names(f"{where}: kinds", kinds)
    if not names:
        raise CodebookError(f"{where}: kinds is empty. Name two or more, or leave kinds out.")
    if len(names) == 1:
        raise CodebookError(
            f"{where}: there is one kind only, {names[0]!r}. Give two or more, or make it the "
            "outcome: Codebook(outcome=...)."
        )
    for name in names:
        if name in _RESERVED_KINDS:
            raise CodebookError(
                f"{where}: a kind cannot be called {name!r}, the name of their sum. Rename it."
            )
    return names
