"""
Every sentence template about several kinds, read back and held against what estimands say.

As in `test_templates`: what stands in the place of each name in braces must be what the fit says,
asked anew; a template that states nothing must be told of the studies in which it holds.
"""

import re
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import learnclimate as lc
from kinds_fits import make_kinds_fit
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.inference.certificate import Certificate, CertificateCheck
from learnclimate.reporting.answers import Answers, ask
from learnclimate.reporting.checks_of_kinds import kinds_checks_told
from learnclimate.reporting.html_report import report_html
from learnclimate.reporting.language import LANGUAGES, listed, quoted, texts
from learnclimate.reporting.page import page
from learnclimate.reporting.question import question_sentences
from learnclimate.reporting.tables import prior_table
from learnclimate.reporting.tables_of_kinds import kind_levels_table, kinds_table
from learnclimate.reporting.telling import who_sentences
from learnclimate.reporting.workbook import workbook_sheets
from learnclimate.reporting.write_up import written_up
from told import Probability, agrees, fields_of, flat, pattern_of, read_back

SAVED = Path(__file__).parents[2] / "docs" / "designs" / "scripts" / "kinds.nc"
SECTION = "kinds"


@dataclass(frozen=True)
class Case:
    """A study of several kinds told in one language."""

    name: str
    answers: Answers
    language: str

    @property
    def fit(self):
        return self.answers.fit

    @cached_property
    def text(self):
        """Sentences and headings of tables; figures are drawn in a test of their own."""
        answers, language = self.answers, self.language
        how = {"interval": 0.9, "language": language}
        parts = [*question_sentences(answers, language=language)]
        parts += who_sentences(answers, language=language)
        parts.append(str(written_up(answers, language=language)))
        for answer in answers.frequencies:
            for table in (kinds_table(answer, **how), kind_levels_table(answer, **how)):
                parts += [table.caption, *(column.name for column in table.columns)]
        return "\n".join(parts)

    def found(self, name):
        """What stands in the braces of a template, wherever it is told."""
        template = flat(self.language)[SECTION, name]
        pattern = pattern_of(template)
        if template.endswith("}"):
            # To the end of the line or of the name.
            pattern = re.compile(pattern.pattern + r"(?= \(|$)", re.MULTILINE)
        return [one.groupdict() for one in pattern.finditer(self.text)]


@pytest.fixture(scope="module")
def studies():
    survey = lc.simulate_survey(n_teams=12, team_size=10, truth=lc.KindsTruth(), seed=1)
    own = make_kinds_fit(survey, lc.KindsModel(covariates=()), n_draws=25)
    wide = make_kinds_fit(survey, lc.KindsModel(pooled=False), n_draws=25, spread=6.0)
    left_open = Certificate(
        "nuts",
        (CertificateCheck("R-hat", "good", 1.0, 1.01, "made up"),),
        ("Left open: 'training' by 7; their answers to the other kinds are kept.",),
    )
    # One of several kinds is left open by some, and few gave an answer.
    frame = survey.frame.drop(columns="activities").astype({"talk": str, "team": str})
    frame.loc[frame.index[frame["talk"] == "weekly"][3:], "talk"] = "monthly"
    frame.loc[frame.index[:7], "passed_on"] = pd.NA
    read = lc.read_survey(frame, survey.codebook)
    hidden = replace(read, truth=survey.truth)
    level = lc.KindsModel(team_effects=("intercept",), covariates=())
    slope = lc.KindsModel(team_effects=("frequency",), covariates=())
    return {
        "usual": ask(own),
        "wide": ask(wide),
        "two, from a file": ask(lc.load_fit(SAVED)),
        "left open": ask(replace(make_kinds_fit(hidden, n_draws=25), certificate=left_open)),
        "level": ask(make_kinds_fit(survey, level, n_draws=20)),
        "slope": ask(make_kinds_fit(survey, slope, n_draws=20)),
    }


@pytest.fixture(scope="module", params=LANGUAGES)
def cases(request, studies):
    return [Case(name, told, request.param) for name, told in studies.items()]


def levels_given(case):
    """Levels that may be shown, from the expected counts of the total."""
    rows = lc.expected_counts(case.fit, population="study", rule=case.answers.rule).summary
    n_levels = len(case.fit.coding.frequencies[0].levels)
    total = rows.tail(n_levels)
    shown = total[~total["suppressed"]]
    return [one.removeprefix("total: ") for one in shown["contrast"]], rows, n_levels


def ratios(case):
    (low, *_, high), _, _ = levels_given(case)
    rows = lc.rate_ratio(case.fit, high, low, population="study").summary
    return high, low, dict(zip((*case.fit.kinds, "total"), rows.to_dict("records"), strict=True))


def compared(case):
    """Pairs of kinds, the higher first: names, probability, and whether their interval holds 1."""
    high, low, _ = ratios(case)
    rows = lc.compare_kinds(case.fit, high, low, population="study").summary
    found = []
    pairs = list(combinations(case.fit.kinds, 2))
    for (one, other), (_, row) in zip(pairs, rows.head(len(pairs)).iterrows(), strict=True):
        sure, turned = row["probability"], row["probability"] < 0.5
        differs = row["lower"] > 1 or row["upper"] < 1
        names = (other, one) if turned else (one, other)
        found.append((*names, 1 - sure if turned else sure, differs))
    ranks = rows.tail(len(case.fit.kinds))["probability"]
    return found, dict(zip(case.fit.kinds, ranks, strict=True))


def labels(case):
    high, low, _ = ratios(case)
    return {"frequency": "‘talk’", "high": quoted(high), "low": quoted(low)}


def of_ratio(case):
    total = ratios(case)[2]["total"]
    numbers = {"ratio": total["median"], "lower": total["lower"], "upper": total["upper"]}
    return [labels(case) | numbers | {"n": float(len(case.fit.kinds)), "interval": 90.0}]


def of_counts(case):
    shown, rows, n_levels = levels_given(case)
    total = rows.tail(n_levels).set_index("contrast")
    low, high = (total.loc[f"total: {level}"] for level in (shown[0], shown[-1]))
    told = {"low": quoted(shown[0]), "high": quoted(shown[-1]), "interval": 90.0}
    for name, row in (("low", low), ("high", high)):
        told |= {f"{name}_count": row["median"], f"{name}_lower": row["lower"]}
        told |= {f"{name}_upper": row["upper"]}
    return [told]


def of_kind_ratio(case):
    rows = ratios(case)[2]
    return [
        {"kind": quoted(kind), "ratio": row["median"], "lower": row["lower"], "upper": row["upper"]}
        for kind, row in rows.items()
        if kind != "total"
    ]


def of_highest(case):
    _, ranks = compared(case)
    if len(ranks) < 3:
        return []
    first = max(ranks, key=ranks.get)
    told = {"kind": quoted(first), "probability": Probability(ranks[first])}
    return [told | {"n": float(len(ranks)), "chance": Probability(1 / len(ranks))}]


def of_pairs(differing):
    def expected(case):
        pairs, _ = compared(case)
        return [
            {"one": quoted(one), "other": quoted(other), "probability": Probability(sure)}
            for one, other, sure, differs in pairs
            if differs == differing
        ]

    return expected


def of_team_kind(case):
    if "talk" not in case.fit.coding.team_effects:
        return []
    found = []
    top = case.answers.frequencies[0].teams.top
    for kind in case.fit.kinds:
        rows = lc.rank_teams(case.fit, top=top, kind=kind).summary.head(top)
        teams = [
            f"{row['team']} ({Probability(row['probability']).written(case.language)[0]})"
            for _, row in rows.iterrows()
        ]
        found.append(
            {"kind": quoted(kind), "top": float(top), "teams": listed(teams, case.language)}
        )
    return found


def kinds_named(case):
    return listed([quoted(kind) for kind in case.fit.kinds], case.language)


def of_check(hidden):
    def expected(case):
        if case.fit.design is None:
            return []
        table = lc.posterior_predictive(case.fit, interval=0.95).statistics
        told = []
        for _, row in table[table["hidden"] == hidden].iterrows():
            figures = {name: row[name] for name in ("lower", "upper")}
            told.append(figures if hidden else figures | {"observed": row["observed"]})
        return told

    return expected


#: Templates that state something, with what must stand in their braces.
STATED = {
    "outcome": lambda case: [{"kinds": kinds_named(case), "team": "‘team’"}],
    "ratio": of_ratio,
    "counts": of_counts,
    "kind_ratio": of_kind_ratio,
    "highest": of_highest,
    "differ_pair": of_pairs(differing=True),
    "open_pair": of_pairs(differing=False),
    "team_kind": of_team_kind,
    "model": lambda case: [{"kinds": kinds_named(case), "n": float(len(case.fit.kinds))}],
    "table": lambda case: [{**labels(case), "interval": 90.0}],
    "low_column": lambda case: [{"level": labels(case)[name]} for name in ("low", "high")],
    "levels_table": lambda case: [{"frequency": "‘talk’", "interval": 90.0}],
}
#: Sentences around a list whose parts are read back one by one.
AROUND = {
    "by_kind": ("kind_ratio", {"interval": 90.0}),
    "differ": ("differ_pair", {}),
    "open_pairs": ("open_pair", {}),
}
#: Read back by tests of their own.
OWN = {
    "figure",
    "ratio_figure",
    "figure_alt",
    "point",
    "ratio_figure_alt",
    "check",
    "check_figure",
    "check_hidden",
}
#: Sentences that state no number, and of which studies each is told.
TOLD_OF = {
    "question": lambda case: True,
    "overlap": lambda case: True,
    "total_ratio": lambda case: True,
    "left_open": lambda case: case.name in ("left open", "two, from a file"),
    "pooled": lambda case: case.fit.model.pooled,
    "not_pooled": lambda case: not case.fit.model.pooled,
    "team_both": lambda case: case.name not in ("level", "slope"),
    "team_level": lambda case: case.name == "level",
    "team_slope": lambda case: case.name == "slope",
}
#: Names, headings and what is said of every figure alike.
HEADINGS = {
    "check_figure_alt",
    "check_figure_caption",
    "kind",
    "total",
    "total_within",
    "ratio_column",
    "highest_column",
}


def test_every_template_stands_in_a_list():
    names = {name for section, name in flat("en") if section == SECTION}
    assert names == {*STATED, *AROUND, *OWN, *TOLD_OF, *HEADINGS}
    stating = {name for name in names if fields_of(flat("en")[SECTION, name])}
    assert stating == {*STATED, *AROUND, *OWN}


def accounts_for(wanted, found, language):
    return all(agrees(found[name], exact, language) for name, exact in wanted.items())


@pytest.mark.parametrize("name", STATED)
def test_what_a_template_states_is_what_the_fit_says(cases, name):
    n_told = 0
    for case in cases:
        wanted = STATED[name](case)
        found = within(case, name)
        for exact in wanted:
            assert any(accounts_for(exact, one, case.language) for one in found), (case.name, exact)
        for one in found:
            assert any(accounts_for(exact, one, case.language) for exact in wanted), (
                case.name,
                one,
            )
        n_told += len(found)
    assert n_told


def within(case, name):
    """Readings of a template; of a part, within the sentence that it belongs to."""
    around = next((whole for whole, (part, _) in AROUND.items() if part == name), None)
    if around is None:
        return case.found(name)
    pattern = pattern_of(flat(case.language)[SECTION, name])
    ends = r", (?=\S)| (?:and|en) (?=‘[^’]+’ (?:than|dan|and|en) |\d)"
    parts = [part for whole in case.found(around) for part in re.split(ends, list_of(whole))]
    return [read.groupdict() for part in parts if (read := pattern.fullmatch(part))]


def list_of(whole):
    return whole.get("kinds") or whole["pairs"]


@pytest.mark.parametrize("name", AROUND)
def test_lists_hold_every_part_once(cases, name):
    part, fixed = AROUND[name]
    for case in cases:
        wanted, found = STATED[part](case), case.found(name)
        assert bool(found) == bool(wanted), case.name
        for one in found:
            assert accounts_for(fixed, one, case.language)
            first = fields_of(flat(case.language)[SECTION, part])
            key = "kind" if "kind" in first else "one"
            places = [list_of(one).index(f"{exact[key]}") for exact in wanted]
            assert min(places) >= 0


@pytest.mark.parametrize("name", TOLD_OF)
def test_a_sentence_is_told_where_it_holds_and_nowhere_else(cases, name):
    wrong = [
        case.name
        for case in cases
        if (texts(case.language)[SECTION][name] in case.text) != TOLD_OF[name](case)
    ]
    assert wrong == []


def test_a_wrong_figure_is_found(cases):
    case = cases[0]
    for name in ("ratio", "counts", "highest"):
        (exact,) = STATED[name](case)
        found = within(case, name)[0]
        assert accounts_for(exact, found, case.language)
        for field, value in exact.items():
            other = value
            if isinstance(value, str):
                other = f"{value}x"
            elif isinstance(value, Probability):
                other = Probability(value.value * 0.9)
            else:
                other = value * 2
            assert not accounts_for(exact | {field: other}, found, case.language), (name, field)


def test_checks_state_what_the_predictive_checks_found(cases):
    for case in cases:
        predictive = case.answers.predictive
        if case.fit.design is None:
            assert predictive is None
            continue
        words = texts(case.language)[SECTION]
        checks = [one for one in case.answers.checks.checks if one.name != "certificate"]
        told = kinds_checks_told(checks, predictive, language=case.language)
        assert {row.words_language for row in told} == {case.language}
        found = [pattern_of(words["check"]).match(row.words) for row in told]
        read = [one["figures"] for one in found if one]
        parts = [part for one in read for part in one.split("; ")]
        table = lc.posterior_predictive(case.fit, interval=0.95).statistics
        assert len(parts) == len(table)
        for template, hidden in (("check_figure", False), ("check_hidden", True)):
            found = [pattern_of(words[template]).fullmatch(part) for part in parts]
            # A name may hold spaces; the figure is what stands last before the brackets.
            found = [
                one.groupdict() | {"observed": one[0].partition(" (")[0].split(" ")[-1]}
                for one in found
                if one
            ]
            for exact in of_check(hidden)(case):
                assert any(accounts_for(exact, one, case.language) for one in found)


def test_the_report_says_that_numbers_are_of_the_kind_fewest_answered(cases):
    for case in cases:
        if case.name in ("usual", "two, from a file"):
            told = page(case.answers, language=case.language)
            said = texts(case.language)[SECTION]["left_open"] in told.left_out
            assert said == (case.name != "usual")


def test_priors_of_kinds_that_are_not_pooled_name_no_common_value(cases):
    common = {"en": "about which kinds scatter", "nl": "soorten omheen liggen"}
    for case in cases:
        pooled = case.fit.model.pooled
        table = prior_table(case.fit.priors, language=case.language)
        named = [common[case.language] in str(row[-1]) for row in table.rows]
        assert any(named) == pooled


def test_figures_are_described_by_what_they_show(cases):
    case = cases[0]
    words, language = texts(case.language)[SECTION], case.language
    told = page(case.answers, language=language)
    (part,) = told.answers
    (of_ratios, _), (response, _) = part.blocks
    rows = ratios(case)[2]
    high, low = labels(case)["high"], labels(case)["low"]
    assert of_ratios.caption == words["ratio_figure"].format(high=high, low=low)
    read = pattern_of(words["ratio_figure_alt"]).fullmatch(of_ratios.alternative)
    assert (read["high"], read["low"], read["interval"]) == (high, low, "90%")
    for point, (kind, row) in zip(read["points"].split("; "), rows.items(), strict=True):
        name, _, value = point.rpartition(": ")
        assert name == (words["total_within"] if kind == "total" else kind)
        assert agrees(value, row["median"], language)
    assert response.caption == words["figure"].format(frequency="‘talk’")
    read = pattern_of(words["figure_alt"]).fullmatch(response.alternative)
    assert (read["low"], read["high"], read["interval"]) == (low, high, "90%")
    table = lc.expected_counts(case.fit, population="study").summary["median"].to_numpy()
    by_kind = table.reshape(len(rows), -1)
    for point, counts in zip(read["points"].split("; "), by_kind, strict=True):
        found = pattern_of(words["point"]).fullmatch(point)
        assert agrees(found["low"], counts[0], language)
        assert agrees(found["high"], counts[-1], language)
    figure = told.checks.figure
    assert figure.alternative == words["check_figure_alt"]
    assert figure.caption == words["check_figure_caption"]


def test_tables_hold_the_figures_of_the_estimands(cases):
    for case in cases:
        (answer,) = case.answers.frequencies
        how = {"interval": 0.9, "language": case.language}
        rows = ratios(case)[2]
        for cells, row in zip(kinds_table(answer, **how).rows, rows.values(), strict=True):
            assert agrees(cells[1].partition(" ")[0], row["median"], case.language)
        shown, every, n_levels = levels_given(case)
        by_kind = every["median"].to_numpy().reshape(-1, n_levels).T
        levels = case.fit.coding.frequencies[0].levels
        for cells, exact in zip(kind_levels_table(answer, **how).rows, by_kind, strict=True):
            if cells[0] in shown:
                read = [read_back(cell.partition(" ")[0], case.language) for cell in cells[2:]]
                assert all(abs(v - x) <= s for (v, s), x in zip(read, exact, strict=True))
            else:
                assert set(cells[1:]) == {texts(case.language)["answer"]["hidden"]}
        assert len(levels) == n_levels


def test_few_answers_leave_no_figure(studies):
    """Three said "weekly": nothing is told of them, in any figure, table or sheet."""
    answers = studies["left open"]
    (frequency,) = answers.frequencies
    assert frequency.high != "weekly"
    for table in workbook_sheets(answers).values():
        for _, row in table.iterrows():
            if "weekly" in str(row.get("contrast", "")):
                assert row["suppressed"] or "team" in str(row["estimand"])
                assert pd.isna(row["mean"]) or "team" in str(row["estimand"])
    html = report_html(answers, language="en")
    assert "Left open:" not in html


def test_small_teams_are_in_no_page_and_no_sheet():
    survey = lc.simulate_survey(n_teams=12, team_size=8, truth=lc.KindsTruth(), seed=5)
    fit = make_kinds_fit(survey, n_draws=20)
    rule = DisclosureRule(8)
    effects = lc.team_effects(fit, rule=rule).summary
    hidden = effects.loc[effects["suppressed"], "team"].unique()
    assert len(hidden)
    answers = ask(fit, rule=rule)
    told = report_html(answers, language="nl") + "".join(
        table.to_csv() for table in workbook_sheets(answers).values()
    )
    assert [team for team in hidden if re.search(rf"\b{team}\b", told)] == []


def test_no_cause_is_claimed(cases, causal):
    for case in cases:
        assert not causal.search(case.text)


def test_what_is_no_fit_of_counts_says_what_to_do():
    from learnclimate.inference.factors.fit_record import FactorFit
    from learnclimate.inference.joint_fit import JointFit

    factor, joint = object.__new__(FactorFit), object.__new__(JointFit)
    with pytest.raises(lc.ArgumentTypeError, match=r"FactorFit is of scales.*JointModel"):
        lc.write_up(factor)
    with pytest.raises(lc.ArgumentTypeError, match=r"JointFit holds several fits.*\.count"):
        lc.report(joint, "report.html")


def test_the_total_is_that_of_expected_counts(studies):
    answers = studies["usual"]
    kept = answers.fit.draws["standardised"]["expected_count_observed"].to_numpy()
    assert np.isclose(answers.overall.median, np.median(kept.sum(axis=-1)))
