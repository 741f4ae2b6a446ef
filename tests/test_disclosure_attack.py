"""
An attack on everything that is handed on: files, frames, figures, texts and logs of a study.

The attacker collects every number of respondents and every sum of answers that is told of
teams, levels and the whole, and solves for the rest by linear programming: a hidden cell is
found when its least and its greatest value agree. Another attacker splits sums of squares by
team, and tries whole numbers. The studies are made to be attacked, and
each attack succeeds once a part of the rule is switched off.
"""

import base64
import contextlib
import io
import itertools
import logging
import re
import zipfile
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

import learnclimate as lc
from learnclimate.checks import predictive, predictive_tables
from learnclimate.checks.team_counts import TeamSums
from learnclimate.cli.results import write_results
from learnclimate.disclosure.nested import suppress_hierarchy
from learnclimate.disclosure.rounding import steps_of_groups
from learnclimate.disclosure.rule import DisclosureRule, too_small
from learnclimate.inference import small_groups
from learnclimate.reporting.answers import ask
from subtraction import bounds_of_hidden, hidden_one_by_one

RULE = DisclosureRule()
LEVELS = ["never", "yearly", "monthly", "weekly"]


@dataclass(frozen=True)
class Study:
    """Sizes of the teams by department, and how many gave each answer."""

    teams: dict[str, tuple[str, int]]
    rare: int | None
    left_out: int


STUDIES = {
    "one small team": Study(
        {"Aachen": ("x", 3), "Bonn": ("x", 12), "Celle": ("x", 9), "Dachau": ("x", 15)}
        | dict.fromkeys(("Essen", "Fulda", "Gera"), ("x", 14)),
        None,
        3,
    ),
    "a department that is one small team": Study(
        {"Aachen": ("x", 3), "Bonn": ("y", 13), "Celle": ("y", 8), "Dachau": ("z", 15)}
        | dict.fromkeys(("Essen", "Fulda", "Gera"), ("z", 12)),
        None,
        7,
    ),
    "one and five, and an answer of two": Study(
        {"Aachen": ("x", 1), "Bonn": ("x", 5), "Celle": ("x", 9), "Dachau": ("x", 15)}
        | dict.fromkeys(("Essen", "Fulda", "Gera"), ("y", 16)),
        2,
        2,
    ),
}


def make_survey(study: Study):
    """Answers of a study whose small groups differ much from the others."""
    rng = np.random.default_rng(20260101)
    rows = [
        {"team": team, "department": department}
        for team, (department, size) in study.teams.items()
        for _ in range(size)
    ]
    frame = pd.DataFrame(rows)
    level = np.arange(len(frame)) % len(LEVELS)
    if study.rare is not None:
        level = np.where(level == 0, 1 + np.arange(len(frame)) % 3, level)
        level[-study.rare :] = 0
    frame["talk"] = np.array(LEVELS)[level]
    frame["learnt"] = rng.poisson(1.5 + level) + np.where(frame["team"] == "Aachen", 4, 0)
    frame["talk"] = frame["talk"].astype(object)
    frame["contract"] = np.where(np.arange(len(frame)) % 3, "fixed", "temporary")
    missing = frame.tail(study.left_out).assign(talk=None)
    codebook = lc.Codebook(
        outcome="learnt",
        team="team",
        department="department",
        frequency="talk",
        frequency_levels=LEVELS,
        covariates=["contract"],
    )
    return lc.read_survey(pd.concat([frame, missing], ignore_index=True), codebook)


@dataclass
class Told:
    """What an attacker gathers."""

    texts: dict[str, str]
    frames: list[pd.DataFrame]
    saved: lc.Fit
    figures: list
    described: dict[str, pd.DataFrame]
    predictive: lc.PosteriorPredictive
    n_respondents: int


def publish(survey, folder, languages=("en",)) -> Told:
    """Make everything the library makes of a study."""
    log, screen = io.StringIO(), io.StringIO()
    handler = logging.StreamHandler(log)
    logging.getLogger().addHandler(handler)
    try:
        with contextlib.redirect_stdout(screen), contextlib.redirect_stderr(screen):
            fit = lc.fit(lc.CountModel(), survey, draws=400, seed=1, progress=True)
    finally:
        logging.getLogger().removeHandler(handler)
    texts = {"log": log.getvalue(), "screen": screen.getvalue()}
    frames = []
    for language in languages:
        into = folder / language
        into.mkdir()
        write_results(ask(fit), into, language=language)
        texts[f"report {language}"] = (into / "report.html").read_text(encoding="utf-8")
        for path in (into / "tables").iterdir():
            frames.append(pd.read_csv(path))
            texts[f"{path.name} {language}"] = path.read_text(encoding="utf-8")
        frames += pd.read_excel(into / "tables.xlsx", sheet_name=None).values()
        with zipfile.ZipFile(into / "tables.xlsx") as book:
            for name in book.namelist():
                texts[f"{name} {language}"] = book.read(name).decode("utf-8", "replace")
        texts[f"fit {language}"] = (into / "fit.nc").read_bytes().decode("latin-1")
    saved = lc.load_fit(folder / "en" / "fit.nc")
    for source, name in ((fit, "fit"), (saved, "loaded")):
        texts[f"{name} summary"] = str(source.summary(teams=True))
        texts[f"{name} certificate"] = str(source.certificate)
        texts[f"{name} repr"] = repr(source)
        frames += [source.summary(teams=True).table, lc.check_fit(source).table]
        for effect in ("intercept", "talk"):
            frames.append(lc.team_effects(source, effect).summary)
            frames.append(lc.rank_teams(source, effect, top=2).summary)
        frames.append(lc.expected_counts(source, population="study").summary)
        frames.append(lc.predicted_counts(source, population="study").summary)
    described = survey.describe()
    predictive = lc.posterior_predictive(fit)
    texts |= {"describe": str(described), "predictive": str(predictive)}
    figures = [lc.plots.frequency_response(fit), lc.plots.team_effects(fit)]
    figures += [lc.plots.team_effects(fit, effect="intercept"), lc.plots.rootogram(fit)]
    frames += [predictive.statistics, predictive.rootogram, predictive.level_means]
    return Told(
        texts,
        frames,
        saved,
        figures,
        dict(described.tables),
        predictive,
        fit.provenance.n_respondents,
    )


def sizes_told(told: Told, kind: str, names: set[str]) -> dict[str, int]:
    """Every number of respondents that stands beside a name, wherever it stands."""
    pairs = [*_in_frames(told, kind), *_in_saved_fit(told, kind), *_in_reports(told)]
    pairs += _in_figures(told) if kind == "team" else _in_description(told)
    found: dict[str, set[int]] = {}
    for name, number in pairs:
        if name in names:
            found.setdefault(name, set()).add(round(float(number)))
    assert all(len(numbers) == 1 for numbers in found.values()), found
    return {name: numbers.pop() for name, numbers in found.items()}


def _in_frames(told, kind):
    columns = ("team",) if kind == "team" else ("contrast", "level")
    for frame in told.frames:
        for column in columns:
            if column in frame and "n_respondents" in frame:
                known = frame[frame["n_respondents"].notna()]
                yield from zip(known[column].astype(str), known["n_respondents"], strict=True)


def _in_saved_fit(told, kind):
    constant = told.saved.draws["constant_data"]
    if kind == "team":
        return zip(constant["team"].to_numpy(), constant["team_size"].to_numpy(), strict=True)
    levels = zip(LEVELS, constant["level_size"].to_numpy(), strict=True)
    return [(level, number) for level, number in levels if np.isfinite(number)]


def _in_reports(told):
    cells = r"<t[hd][^>]*>\s*([^<]+?)\s*</t[hd]>\s*<td[^>]*>\s*(\d+)\s*</td>"
    reports = [text for name, text in told.texts.items() if name.startswith("report")]
    return [pair for report in reports for pair in re.findall(cells, report)]


def _in_figures(told):
    for figure in told.figures:
        (axes,) = figure.axes
        ticks = zip(axes.get_yticks(), axes.get_yticklabels(), strict=True)
        names = {round(float(place), 3): label.get_text() for place, label in ticks}
        for text in axes.texts:
            if text.get_text().isdigit():
                yield names.get(round(float(text.xy[1]), 3)), text.get_text()


def _in_description(told):
    table = told.described["Frequency: talk"]
    return (
        table.loc[table["respondents"] != "hidden", ["answer", "respondents"]].to_numpy().tolist()
    )


def attack_sizes(told: Told, kind: str, sizes: dict[str, int]) -> dict[str, tuple[float, float]]:
    """Least and greatest size of each group of which none was told."""
    names = list(sizes)
    known = sizes_told(told, kind, set(names))
    assert all(known[name] == sizes[name] for name in known)
    equations = [(dict.fromkeys(range(len(names)), 1.0), float(told.n_respondents))]
    equations += [({names.index(name): 1.0}, float(number)) for name, number in known.items()]
    bounds = bounds_of_hidden(len(names), equations)
    return {name: tuple(bounds[names.index(name)]) for name in names if name not in known}


def attack_sums(
    told: Told, sizes: dict[str, int], *, rounded: bool = True
) -> dict[str, tuple[float, float]]:
    """Least and greatest sum of the answers of those who gave each level, where none was told."""
    table = told.predictive.level_means
    mean = told.predictive.statistics.set_index("statistic")["observed"]["mean"]
    equations = [(dict.fromkeys(range(len(LEVELS)), 1.0), mean * told.n_respondents)]
    shown = table[~table["hidden"]]
    hides = len(shown) < len(table) or bool(told.predictive.team_means["hidden"].any())
    steps = np.zeros(len(shown))
    if rounded and hides:
        steps = steps_of_groups(shown["n_respondents"].to_numpy(float))
    reach = dict(zip(shown["level"], steps / 2, strict=True))
    known = {row.level: row.observed for row in shown.itertuples()}
    (axes,) = told.figures[0].axes
    observed = next(line for line in axes.lines if line.get_gid() == "observed")
    for place, value in zip(*observed.get_data(), strict=True):
        if np.isfinite(value):
            level = LEVELS[round(float(place) - 0.16)]
            # Where the figure drew what the table rounds, one less the other would tell.
            assert known.setdefault(level, value) == value
    equations += [({LEVELS.index(one): 1.0}, value * sizes[one]) for one, value in known.items()]
    unsure = [0.0, *(reach.get(one, 0.0) * sizes[one] for one in known)]
    bounds = bounds_of_hidden(len(LEVELS), equations, lowest=0.0, unsure=unsure)
    return {name: tuple(bounds[place]) for place, name in enumerate(LEVELS) if name not in known}


def truth_of(survey, column):
    counts = survey.frame[column].astype(str).value_counts()
    return {str(name): int(number) for name, number in counts.sort_index().items()}


@pytest.fixture(scope="module", autouse=True)
def wide_terminal():
    """What is printed leaves no column out, so that none escapes the attack."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "1000")
        yield


@pytest.fixture(scope="module", params=STUDIES)
def attacked(request, tmp_path_factory):
    survey = make_survey(STUDIES[request.param])
    # Both languages for one: the Dutch report tells the same results.
    languages = ("en", "nl") if request.param == "one small team" else ("en",)
    return survey, publish(survey, tmp_path_factory.mktemp("attacked"), languages)


@pytest.mark.parametrize("column", ["team", "talk"])
def test_no_hidden_size_can_be_worked_out(attacked, column):
    survey, told = attacked
    sizes = truth_of(survey, column)
    found = attack_sizes(told, column, sizes)
    small = {name for name, size in sizes.items() if size < RULE.minimum}
    assert small <= set(found)
    for name, (lowest, highest) in found.items():
        assert highest - lowest >= 1, (name, lowest, highest)
    if found:
        assert sum(sizes[name] for name in found) >= RULE.minimum
        assert len(found) >= 2


def sizes_told_alike(sizes, departments, mark):
    """
    Sizes of the hidden teams in every study that is told as this one, for who knows the rule.

    What counts as told: the teams that are shown, the whole, and totals of departments of
    which anything is.
    """
    names = list(sizes)
    places = np.array([departments[name] for name in names])
    truth = np.array([sizes[name] for name in names])
    hidden, is_open = mark(truth, places)
    cells = np.flatnonzero(hidden)
    found = []
    for some in itertools.product(range(1, truth[hidden].sum() + 1), repeat=len(cells) - 1):
        other = truth.copy()
        other[cells] = (*some, truth[hidden].sum() - sum(some))
        alike = (other > 0).all() and all(
            other[places == place].sum() == truth[places == place].sum()
            for place in np.unique(places[~is_open])
        )
        if alike and all(map(np.array_equal, mark(other, places), (hidden, is_open))):
            found.append(other[cells])
    return {names[cell]: set(own) for cell, own in zip(cells, np.transpose(found), strict=True)}


def by_place(sizes, places):
    return suppress_hierarchy(sizes, places, RULE)


def test_who_knows_the_rule_can_tell_no_hidden_size(attacked):
    survey, told = attacked
    sizes = truth_of(survey, "team")
    departments = survey.frame.groupby("team", observed=True)["department"].first().to_dict()
    found = sizes_told_alike(sizes, departments, by_place)
    # What was published hides the teams that the attacker takes for hidden.
    assert set(found) == set(attack_sizes(told, "team", sizes))
    for name, possible in found.items():
        assert sizes[name] in possible
        assert len(possible) > 1, (name, possible)


def test_who_knows_that_the_next_smallest_team_protects_can_tell():
    def next_smallest(sizes, places):
        order = np.argsort(sizes, kind="stable")
        hidden = too_small(sizes, RULE)
        hidden[order[hidden.sum()]] = True
        return hidden, np.zeros(len(sizes), dtype=bool)

    sizes = {"Aachen": 5, "Bonn": 5, "Celle": 4, "Dachau": 15}
    departments = dict.fromkeys(sizes, "x")
    assert sizes_told_alike(sizes, departments, next_smallest) == {"Aachen": {5}, "Celle": {4}}
    assert {1, 2, 3, 4} <= sizes_told_alike(sizes, departments, by_place)["Celle"]


def test_no_hidden_answers_can_be_worked_out(attacked):
    survey, told = attacked
    sizes = truth_of(survey, "talk")
    sums = survey.frame.groupby("talk", observed=True)["learnt"].sum()
    found = attack_sums(told, sizes)
    for name, (lowest, highest) in found.items():
        assert lowest <= sums[name] <= highest
        assert highest - lowest >= 5, (name, lowest, highest)
    assert {name for name, size in sizes.items() if size < RULE.minimum} <= set(found)


def test_no_hidden_team_is_named_in_what_is_handed_on(attacked):
    survey, told = attacked
    sizes = truth_of(survey, "team")
    hidden = set(attack_sizes(told, "team", sizes))
    for name in hidden:
        assert not [where for where, text in told.texts.items() if name in text], name
        for figure in told.figures:
            assert name not in " ".join(text.get_text() for text in figure.findobj(match=_is_text))
    drawings = re.findall(r"base64,([A-Za-z0-9+/=]+)", told.texts["report en"])
    drawn = " ".join(base64.b64decode(one).decode("utf-8", "replace") for one in drawings)
    assert len(drawings) >= 3
    assert not [name for name in hidden if name in drawn]


def test_frames_of_the_session_hold_no_figure_of_a_hidden_team(attacked):
    survey, told = attacked
    hidden = set(attack_sizes(told, "team", truth_of(survey, "team")))
    for frame in told.frames:
        if "team" not in frame or "median" not in frame:
            continue
        rows = frame[frame["team"].isin(hidden)]
        numbers = rows[["mean", "sd", "median", "lower", "upper", "probability", "n_respondents"]]
        assert numbers.isna().all(axis=None)


def test_rows_left_out_are_not_counted_where_they_are_few(attacked):
    survey, told = attacked
    few = survey.n_left_out < RULE.minimum
    written = told.described["Left out"]["rows"].astype(str).tolist()
    assert written == (["fewer than 5"] if few else [str(survey.n_left_out)])
    assert told.saved.provenance.n_left_out == (None if few else survey.n_left_out)


def test_teams_are_not_counted_by_size_where_they_are_hidden(attacked):
    """Of two hidden teams that hold six together, one below five can only be one and five."""
    _, told = attacked
    assert not re.search(r">\s*fewer than 5\s*<", told.texts["report en"])


def _is_text(artist):
    return hasattr(artist, "get_text") and hasattr(artist, "get_fontsize")


def _alone(counts, rule, **groups):
    """A rule without protection from subtraction: only what is small itself is hidden."""
    return too_small(counts, rule)


def _without_the_whole(counts, rule, *, teams, departments):
    """Departments one by one, the whole forgotten."""
    return hidden_one_by_one(counts, departments, rule, order=teams)


@pytest.mark.parametrize(
    ("name", "switch_off"),
    [
        ("one small team", {"suppress_teams": _alone}),
        ("a department that is one small team", {"suppress_teams": _without_the_whole}),
    ],
)
def test_the_attack_succeeds_where_a_part_of_the_rule_is_off(
    name, switch_off, tmp_path, monkeypatch
):
    for function, other in switch_off.items():
        monkeypatch.setattr(small_groups, function, other)
    survey = make_survey(STUDIES[name])
    found = attack_sizes(publish(survey, tmp_path), "team", truth_of(survey, "team"))
    assert found["Aachen"] == pytest.approx((3, 3))


def test_the_attack_on_answers_succeeds_where_levels_protect_no_other(tmp_path, monkeypatch):
    from learnclimate.plots import sources

    for module in (predictive_tables, sources):
        monkeypatch.setattr(module, "suppress_blocks", _alone)
        monkeypatch.setattr(module, "leaves_a_sum", lambda *_: False)
    survey = make_survey(STUDIES["one and five, and an answer of two"])
    told = publish(survey, tmp_path)
    sums = survey.frame.groupby("talk", observed=True)["learnt"].sum()
    found = attack_sums(told, truth_of(survey, "talk"), rounded=False)
    assert found["never"] == pytest.approx((sums["never"], sums["never"]))


SQUARES = {"Alfa": 9, "Beta": 3, "Care": 8, "Delta": 12, "Fin": 14, "India": 10}


def splits(pair: tuple[int, float], shown: pd.DataFrame, between: float, steps: int) -> set:
    """
    Every (size, sum) of a hidden team of two that agrees with the squares between teams.

    Sums of answers are whole multiples of 1 / steps; ``shown`` has columns ``size, mean``.
    """
    size, total = pair
    everyone = size + shown["size"].sum()
    middle = (total + (shown["size"] * shown["mean"]).sum()) / everyone
    rest = between - (shown["size"] * (shown["mean"] - middle) ** 2).sum()
    found = set()
    for own in range(1, size):
        sums = np.arange(round(total * steps) + 1) / steps
        squares = own * (sums / own - middle) ** 2
        squares += (size - own) * ((total - sums) / (size - own) - middle) ** 2
        found |= {(own, float(one)) for one in sums[np.abs(squares - rest) < 1e-7]}
    return found


def study_of_squares(seed: int):
    rng = np.random.default_rng(seed)
    rows = []
    for team, size in SQUARES.items():
        level = rng.normal(0, 0.6)
        for _ in range(size):
            items = np.clip(np.rint(3 + level + rng.normal(0, 1, 3)), 1, 5)
            row = {"team": team, "learnt": int(rng.poisson(3 * np.exp(level)))}
            row["talk"] = ["never", "weekly"][int(rng.integers(2))]
            rows.append(row | dict(zip(("q1", "q2", "q3"), items, strict=True)))
    codebook = lc.Codebook(
        outcome="learnt",
        team="team",
        frequency="talk",
        frequency_levels=["never", "weekly"],
        scales=[lc.Scale("klimaat", items=["q1", "q2", "q3"], minimum=1, maximum=5)],
    )
    return lc.read_survey(pd.DataFrame(rows), codebook)


def splits_by_counts(predictive, n_respondents):
    told = predictive.statistics.set_index("statistic")["observed"]
    teams = predictive.team_means[~predictive.team_means["hidden"]]
    shown = pd.DataFrame(
        {"size": teams["n_respondents"].astype(float), "mean": teams["observed"].astype(float)}
    )
    squares = told["dispersion"] * told["mean"] * (n_respondents - 1)
    size = n_respondents - int(shown["size"].sum())
    total = n_respondents * told["mean"] - (shown["size"] * shown["mean"]).sum()
    return splits((size, total), shown, told["team share"] * squares, 1)


def test_squares_of_counts_tell_no_hidden_team(monkeypatch):
    survey = study_of_squares(0)
    fit = lc.fit(lc.CountModel(), survey, draws=200, seed=1, progress=False)
    beta = survey.frame.loc[survey.frame["team"] == "Beta", "learnt"]
    # Neither rounding of means nor that of the share is what guards it.
    monkeypatch.setattr(predictive_tables, "leaves_a_sum", lambda *_: False)
    monkeypatch.setattr(predictive, "steps_of_statistics", lambda *_: {})
    assert splits_by_counts(lc.posterior_predictive(fit, draws=50), len(survey.frame)) == set()

    share = TeamSums.share_between
    monkeypatch.setattr(TeamSums, "share_between", lambda sums, hidden: share(sums, hidden & False))
    found = splits_by_counts(lc.posterior_predictive(fit, draws=50), len(survey.frame))
    assert (3, float(beta.sum())) in found


def splits_by_scores(survey, shares):
    """As who knows the exact mean of everybody and of the shown teams, and the sum of squares."""
    told = lc.scale_scores(survey, "klimaat")
    by_team = told.respondents.groupby(survey.frame["team"].astype(str))
    table = told.summary
    shown = table.loc[table["team"].notna() & ~table["suppressed"].astype(bool), "team"]
    known = pd.DataFrame({"size": by_team.size()[shown], "mean": by_team.mean()[shown]})
    hidden = told.respondents[~survey.frame["team"].isin(shown)]
    squares = told.respondents.var(ddof=0) * len(told.respondents)
    kept = shares.summary.set_index(["estimand", "contrast"])
    eta = kept.loc[("eta_squared", "these answers"), "mean"]
    return splits((len(hidden), hidden.sum()), known, eta * squares, 3)


def test_squares_of_scores_tell_no_hidden_team():
    survey = study_of_squares(3)
    assert splits_by_scores(survey, lc.aggregation(survey, "klimaat")) == set()

    own = survey.frame[survey.frame["team"] == "Beta"][["q1", "q2", "q3"]].to_numpy(float)
    every = lc.aggregation(survey, "klimaat", rule=DisclosureRule(1, reason="switched off"))
    found = splits_by_scores(survey, every)
    assert any(size == 3 and np.isclose(total, own.mean(axis=1).sum()) for size, total in found)
