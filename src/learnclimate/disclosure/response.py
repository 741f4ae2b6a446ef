"""Response: how many of those who were asked answered, told without telling of hidden teams."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from learnclimate.disclosure.rule import DisclosureRule


@dataclass(frozen=True, slots=True)
class Invited:
    """
    How many people a questionnaire went to.

    Attributes
    ----------
    total : int or None
        All of them; None in a saved fit that may not tell it.
    by_team : tuple of (team, number)
        Those of each team that answered, where that is known and may be told.
    silent_teams : int
        Teams that were asked and in which nobody answered.
    silent : int
        People in these.
    withheld_below : int or None
        In a saved fit without the total: how many unanswered questionnaires count as no
        longer few.

    Examples
    --------
    >>> Invited(40, (("North", 25), ("South", 15))).total
    40
    """

    total: int | None
    by_team: tuple[tuple[str, int], ...] = ()
    silent_teams: int = 0
    silent: int = 0
    withheld_below: int | None = None

    def among(self, teams: Collection[str]) -> "Invited":
        """
        Count teams that have nobody in an analysis among the silent ones.

        Parameters
        ----------
        teams : collection of str
            Teams in the analysis.

        Returns
        -------
        Invited
            The same people.

        Examples
        --------
        >>> Invited(40, (("North", 25), ("South", 15))).among(["North"])
        Invited(total=40, by_team=(('North', 25),), silent_teams=1, silent=15, withheld_below=None)
        """
        absent = [asked for team, asked in self.by_team if team not in teams]
        return replace(
            self,
            by_team=tuple((team, asked) for team, asked in self.by_team if team in teams),
            silent_teams=self.silent_teams + len(absent),
            silent=self.silent + sum(absent),
        )


@dataclass(frozen=True, slots=True)
class Response:
    """
    Which part of those who were asked is in the analysis, as far as it may be told.

    Attributes
    ----------
    respondents : int
        Respondents in the analysis.
    invited : int or None
        People who were asked; None where hardly anybody is missing.
    missing_below : int or None
        Fewer people than this are missing, where `invited` is not told.
    teams : tuple of (team, invited, respondents)
        Of the teams that may be shown; empty where response by team may not be told.
    silent_teams : int
        Teams that were asked and have nobody in the analysis.

    Examples
    --------
    >>> Response(30, 40, None, (), 0).share
    0.75
    """

    respondents: int
    invited: int | None
    missing_below: int | None
    teams: tuple[tuple[str, int, int], ...]
    silent_teams: int

    @property
    def share(self) -> float | None:
        """Respondents divided by those who were asked; None where these are not told."""
        return None if self.invited is None else self.respondents / self.invited

    @property
    def team_shares(self) -> tuple[float, ...]:
        """The same of each team that may be shown."""
        return tuple(respondents / invited for _, invited, respondents in self.teams)


def response_told(
    invited: Invited,
    shown: Mapping[str, int],
    n_respondents: int,
    rule: DisclosureRule,
    *,
    some_hidden: bool,
) -> Response:
    """
    Tell the response, of the whole and of the teams that may be shown.

    What is told of the shown teams, taken from the whole, is what is told of the hidden ones
    together. Were nearly nobody missing from these, each of them would have about as many
    respondents as people, which colleagues know: the numbers of the teams are withheld then, and
    the total as well where nearly nobody is missing at all.

    Parameters
    ----------
    invited : Invited
        People who were asked.
    shown : mapping of str to int
        Respondents of each team that may be shown.
    n_respondents : int
        Respondents of all teams.
    rule : DisclosureRule
        How many are few.
    some_hidden : bool
        Whether any team is hidden.

    Returns
    -------
    Response
        What may be told.

    Examples
    --------
    >>> asked = Invited(60, (("Care", 30), ("Sales", 20), ("Desk", 10)))
    >>> told = response_told(asked, {"Care": 21}, 41, DisclosureRule(), some_hidden=True)
    >>> told.invited, told.teams
    (60, (('Care', 30, 21),))
    >>> told = response_told(asked, {"Care": 21}, 50, DisclosureRule(), some_hidden=True)
    >>> told.invited, told.teams
    (60, ())
    """
    if invited.total is None:
        below = max(rule.minimum, invited.withheld_below or 0)
        return Response(n_respondents, None, below, (), 0)
    missing = invited.total - n_respondents
    if some_hidden and missing < rule.minimum:
        return Response(n_respondents, None, rule.minimum, (), 0)
    teams = tuple((team, asked, shown[team]) for team, asked in invited.by_team if team in shown)
    of_hidden = missing - invited.silent - sum(asked - there for _, asked, there in teams)
    if some_hidden and of_hidden < rule.minimum:
        teams = ()
    return Response(n_respondents, invited.total, None, teams, invited.silent_teams)


def kept_invited(invited: Invited, told: Response) -> Invited:
    """
    Keep of the numbers asked what may be told, as a file does.

    Parameters
    ----------
    invited : Invited
        People who were asked.
    told : Response
        What may be told of them.

    Returns
    -------
    Invited
        From which the same is told again, and under larger minimums no more.

    Examples
    --------
    >>> kept_invited(Invited(40, (("a", 40),)), Response(38, None, 5, (), 0))
    Invited(total=None, by_team=(), silent_teams=0, silent=0, withheld_below=5)
    """
    if told.invited is None:
        return Invited(None, withheld_below=told.missing_below)
    by_team = tuple((team, asked) for team, asked, _ in told.teams)
    return Invited(told.invited, by_team, invited.silent_teams, invited.silent)
