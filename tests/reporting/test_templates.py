"""
Every sentence template of the report, read back from what is told and held against the fit.

A template that states something is turned round into a pattern: what stands in the place of
each name in braces is read back, and must be what an estimand, the survey or the fit says.
A template that states nothing but holds of some studies only must be told of those alone.
A new template fails the first tests until it stands in one of the lists below.
"""

import re
from dataclasses import dataclass, replace
from functools import cache, cached_property

import numpy as np
import pytest

import learnclimate as lc
from learnclimate.checks.fit_check import TAKEN_AT_LOWEST
from learnclimate.checks.verdict import Check, CheckReport
from learnclimate.counts.coding import CovariateCoding, ZeroCoding
from learnclimate.counts.families import FAMILIES
from learnclimate.disclosure.response import Invited
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.inference.certificate import Certificate, CertificateCheck
from learnclimate.reporting.answers import Answers, ask
from learnclimate.reporting.checks_told import checks_told
from learnclimate.reporting.facts import left_out_rows, size_classes
from learnclimate.reporting.language import LANGUAGES, listed, percentage, quoted, texts
from learnclimate.reporting.method import method_sentences
from learnclimate.reporting.page import page
from learnclimate.reporting.question import question_sentences
from learnclimate.reporting.tables import (
    left_out_table,
    level_table,
    overall_table,
    size_table,
    team_table,
)
from learnclimate.reporting.telling import (
    answer_sentences,
    limit_sentences,
    meaning_sentence,
    overall_sentences,
    teams_note_sentences,
    teams_sentences,
    teams_told,
    trust_sentences,
    who_sentences,
)
from learnclimate.reporting.write_up import written_up
from synthetic import make_synthetic_fit
from told import Probability, agrees, fields_of, flat, pattern_of

INTERVAL = 0.9


@cache
def patterns(language):
    """Patterns of all sentences."""
    return [(key, pattern_of(text)) for key, text in flat(language).items() if text[-1] in ".?"]


@dataclass(frozen=True)
class Case:
    """A study told in one language: its answers, and what is told of them, line by line."""

    name: str
    answers: Answers
    language: str
    #: The fit that estimands are asked of, where parts of the other are made up.
    asked: lc.Fit

    @property
    def fit(self):
        return self.answers.fit

    @property
    def family(self):
        return self.fit.model.family

    @cached_property
    def lines(self):
        answers, language = self.answers, self.language
        told = [*question_sentences(answers, language=language)]
        told += who_sentences(answers, language=language)
        told += limit_sentences(answers, language=language)
        told += overall_sentences(answers, language=language) * (not answers.frequencies)
        for answer in answers.frequencies:
            told += answer_sentences(answers, answer, language=language)
        told.append(meaning_sentence(answers, language=language))
        for answer in teams_told(answers):
            told += teams_sentences(answers, answer, language=language)
        told += teams_note_sentences(answers, language=language)
        told += trust_sentences(answers, language=language)
        for paragraph in method_sentences(answers, language=language):
            told += paragraph
        told += [row.words for row in checks_told(answers.checks.checks, language=language)]
        return list(dict.fromkeys(told))

    @cached_property
    def read(self):
        """What each template states, read back: the most particular one that fits a line."""
        found = {}
        for line in self.lines:
            sentences = re.split(r"(?<=[.?]) (?=[A-Z‘0-9])", line)
            while sentences:
                # The longest run of sentences that is a template.
                ends = range(len(sentences), 0, -1)
                runs = [(end, " ".join(sentences[:end])) for end in ends]
                end, key, run = next(
                    ((end, key, run) for end, run in runs if (key := self._particular(run))),
                    (1, None, ""),
                )
                if key is not None:
                    pattern = pattern_of(flat(self.language)[key])
                    found.setdefault(key, []).append(pattern.fullmatch(run).groupdict())
                del sentences[:end]
        return found

    def _particular(self, line):
        fitting = [key for key, one in patterns(self.language) if one.fullmatch(line)]
        words = {key: len(re.sub(r"{\w+}", "", flat(self.language)[key])) for key in fitting}
        return max(words, key=words.get, default=None)

    @cached_property
    def text(self):
        parts = [
            *self.lines,
            *self._tables(),
            str(written_up(self.answers, language=self.language)),
        ]
        return "\n".join(parts).replace("\N{NO-BREAK SPACE}", " ")

    def _tables(self):
        answers, language = self.answers, self.language
        options = {"interval": INTERVAL, "language": language}
        tables = [level_table(one, **options) for one in answers.frequencies]
        tables += [team_table(one, **options) for one in teams_told(answers)]
        tables.append(overall_table(answers.overall, self.fit.provenance.n_respondents, **options))
        sizes = size_classes([12, 30, 60], 5, answers.rule, language=language)
        tables.append(size_table(sizes, language=language))
        reasons = left_out_rows(self.fit.provenance.left_out, answers.rule, language=language)
        tables += [left_out_table(reasons, language=language)] if reasons else []
        for table in tables:
            yield table.caption
            yield from (column.name for column in table.columns)
            yield from (cell for row in table.rows for cell in row)


def changed(answers, *, model=None, coding=None, provenance=None, codebook=None, certificate=None):
    """The same answers of a fit of which parts are otherwise."""
    fit = answers.fit
    parts = {
        name: replace(getattr(fit, name), **change)
        for name, change in (("model", model), ("coding", coding), ("provenance", provenance))
        if change
    }
    if codebook:
        parts["codebook"] = codebook
    if certificate:
        parts["certificate"] = certificate
    return replace(answers, fit=replace(fit, **parts))


def recoded(codebook, **options):
    """A codebook with other questions."""
    names = ("outcome", "team", "frequency", "covariates", "scales")
    kept = {name: getattr(codebook, name) for name in names}
    kept["frequency_levels"] = {one: codebook.levels_of(one) for one in codebook.frequency_columns}
    return lc.Codebook(**(kept | options))


def with_effects(answers, *effects):
    return changed(answers, coding={"team_effects": effects})


@pytest.fixture(scope="module")
def studies(
    survey,
    answers,
    small_team_answers,
    two_frequencies_fit,
    no_frequency_fit,
    rare_level_fit,
    loaded_fit,
    fewer_fit,
):
    """Answers of studies that between them are told in every template."""
    fit, codebook = answers.fit, answers.fit.codebook
    bad = Certificate("nuts", (CertificateCheck("R-hat", "bad", 1.3, 1.01, "they differ"),))
    ratio = answers.frequencies[0].ratio
    told = {
        "usual": answers,
        "small teams": small_team_answers,
        "two frequencies": ask(two_frequencies_fit),
        "no frequency": ask(no_frequency_fit),
        "rare levels": ask(rare_level_fit),
        "loaded": ask(loaded_fit),
        "raised": ask(fit, rule=DisclosureRule(10)),
        "lowered": ask(fit, rule=DisclosureRule(4, reason="a pilot among ourselves")),
        "bad": changed(answers, certificate=bad),
        "integrated and sampled": changed(
            answers, certificate=replace(bad, engine="marginal NUTS")
        ),
        "few left out": changed(answers, provenance={"n_left_out": 3, "left_out": ()}),
        "none left out": changed(answers, provenance={"n_left_out": 0, "left_out": ()}),
        "response": with_invited(answers, 3, silent_teams=3, silent=31),
        "one silent team": with_invited(small_team_answers, 4, silent_teams=1, silent=8),
        "hardly anybody missing": changed(
            small_team_answers,
            provenance={"invited": Invited(small_team_answers.fit.provenance.n_respondents + 4)},
        ),
        "summed out": changed(answers, provenance={"n_summed_out": 37}),
        "few summed out": changed(answers, provenance={"n_summed_out": 3}),
        "pseudonyms": changed(answers, provenance={"pseudonymised": ("team", "talk")}),
        "weights": changed(answers, codebook=recoded(codebook, weight="w")),
        "exposure": changed(answers, coding={"exposure": "months"}),
        "many hidden": _of_teams(answers, n_teams=40),
        "none shown": _of_teams(answers, n_shown=0, ranked=()),
        "uncertain": _of_teams(answers, probability=0.3),
        "falling": _of_teams(answers, falling=True),
        "none compared": replace(
            answers,
            frequencies=(
                replace(
                    answers.frequencies[0],
                    ratio=None,
                    levels=(),
                    strength=None,
                    style=None,
                    share=None,
                ),
            ),
        ),
        "withheld": replace(answers, checks=CheckReport((_withheld(answers),))),
        "improbable": _of_teams(answers, probability=0.001),
        "below": _of_ratio(
            answers, replace(ratio, median=0.5, lower=0.4, upper=0.7, probability=0.02)
        ),
        "open": _of_ratio(
            answers, replace(ratio, median=1.1, lower=0.8, upper=1.4, probability=0.71)
        ),
        "fewer": ask(fewer_fit),
        "binned": changed(
            answers,
            codebook=recoded(
                codebook, outcome=lc.Outcome("activities", bins=["none", "1 or more"])
            ),
        ),
        "versions": _asked(
            answers, bins={"A": ["none", "1 or more"], "B": ["0-1", "2+"]}, version="form"
        ),
        "top": _asked(answers, top=10),
        "checklist": _asked(answers, checklist=["course", "coaching", "reading"]),
        "trials": _asked(answers, trials="shown"),
        "zero part": changed(
            answers,
            model={"family": lc.HurdlePoisson()},
            coding={
                "zero": ZeroCoding(
                    (CovariateCoding("tenure"),), frequency=True, team_intercept=True
                )
            },
        ),
        "nobody": _nobody_at_the_ends(answers),
        "heaped": _heaped(answers),
        "heaped monthly": _heaped(answers, (0, 1, 2, 3, 11, 12, 12, 12, 14, 24, 24, 36)),
        "more": changed(
            answers,
            model={"moderators": ("tenure",), "interactions": (("talk", "meet"),)},
            coding={"composition": "latent", "department_effects": ("intercept",)},
        ),
        "observed means": changed(answers, coding={"composition": "manifest"}),
        "level": with_effects(answers, "intercept"),
        "slope": with_effects(answers, "talk"),
        "no teams": ask(make_synthetic_fit(survey, lc.CountModel(team_effects=()))),
    }
    for family in FAMILIES:
        told[family.name] = changed(answers, model={"family": family()})
    for kind in ("unordered", "linear"):
        frequency = replace(fit.coding.frequencies[0], kind=kind)
        told[kind] = changed(answers, coding={"frequencies": (frequency,)})
        told[f"{kind} out of"] = changed(
            answers, model={"family": lc.BetaBinomial()}, coding={"frequencies": (frequency,)}
        )
    return told


def _of_teams(answers, *, probability=None, **change):
    frequency = answers.frequencies[0]
    ranked = frequency.teams.ranked
    if probability is not None:
        change["ranked"] = tuple(replace(team, probability=probability) for team in ranked)
    teams = replace(frequency.teams, **change)
    return replace(answers, frequencies=(replace(frequency, teams=teams),))


def _withheld(answers):
    check = next(one for one in answers.checks.checks if "observed" in one.values)
    return replace(check, values={k: v for k, v in check.values.items() if k != "observed"})


def _of_ratio(answers, ratio):
    return replace(answers, frequencies=(replace(answers.frequencies[0], ratio=ratio),))


def _nobody_at_the_ends(answers):
    tree = answers.fit.draws.copy()
    constant = tree["constant_data"].to_dataset()
    sizes = constant["level_size"].to_numpy().copy()
    sizes[[0, -1]] = 0
    tree["constant_data"] = constant.assign(level_size=(constant["level_size"].dims, sizes))
    return ask(replace(answers.fit, draws=tree))


def of_nobody(case):
    if case.name != "nobody":
        return []
    (frequency,) = case.answers.frequencies
    ends = [quoted(frequency.asked[0]), quoted(frequency.asked[-1])]
    return [{"levels": listed(ends, case.language), "frequency": quoted(frequency.name)}]


def _asked(answers, **options):
    outcome = lc.Outcome("activities", **options)
    return changed(answers, codebook=recoded(answers.fit.codebook, outcome=outcome))


def _heaped(answers, values=(0, 1, 2, 4, 5, 5, 5, 10, 10, 12)):
    design = answers.fit.design
    counts = np.resize(values, design.n_rows)
    return replace(answers, fit=replace(answers.fit, design=replace(design, outcome=counts)))


@pytest.fixture(scope="module", params=LANGUAGES)
def cases(request, studies):
    usual = studies["usual"].fit
    return [
        Case(name, told, request.param, told.fit if name in FITTED else usual)
        for name, told in studies.items()
    ]


# What each template must state of a case: a list of what may stand in the braces, one entry
# a time that it is told; empty where it is not.


def asked_levels(case, frequency):
    """Levels that may be shown: enough gave them, by the rule's own words in the result."""
    rows = lc.expected_counts(
        case.asked, population="study", frequency=frequency, rule=case.answers.rule
    ).summary
    return rows[~rows["suppressed"]]


def _comparable(case):
    if case.name == "none compared":
        return
    for frequency in case.fit.coding.frequencies:
        shown = asked_levels(case, frequency.name)
        # What nobody answered is not compared.
        given = shown[shown["n_respondents"] > 0]
        yield frequency.name, str(given["contrast"].iloc[0]), str(given["contrast"].iloc[-1]), given


#: Studies with a fit of their own; the others tell that of the usual one, otherwise put.
FITTED = {"no teams", "small teams", "two frequencies", "no frequency", "rare levels", "loaded",
          "fewer", "nobody", "one silent team", "hardly anybody missing"}  # fmt: skip
#: Studies whose quantities were put in by hand, which no estimand can be asked for.
BY_HAND = {"improbable", "below", "open", "uncertain", "none shown", "many hidden"}


def of_ratio(case):
    if case.name in BY_HAND:
        ratio = case.answers.frequencies[0].ratio
        numbers = {"ratio": ratio.median, "lower": ratio.lower, "upper": ratio.upper}
        labels = {"high": "‘weekly’", "low": "‘never’", "frequency": "‘talk’"}
        return [labels | numbers | {"interval": 90.0}]
    found = []
    for name, low, high, _ in _comparable(case):
        row = lc.rate_ratio(
            case.asked, high, low, population="study", frequency=name, rule=case.answers.rule
        ).summary.iloc[0]
        labels = {"frequency": quoted(name), "high": quoted(high), "low": quoted(low)}
        numbers = {"ratio": row["median"], "lower": row["lower"], "upper": row["upper"]}
        found.append(labels | numbers | {"interval": 90.0})
    return found


def of_direction(which):
    def expected(case):
        found = []
        for one in of_ratio(case):
            if case.name in BY_HAND:
                probability = case.answers.frequencies[0].ratio.probability
            else:
                row = lc.rate_ratio(
                    case.asked,
                    one["high"].strip("‘’"),
                    one["low"].strip("‘’"),
                    population="study",
                    frequency=one["frequency"].strip("‘’"),
                    rule=case.answers.rule,
                ).summary.iloc[0]
                probability = float(row["probability"])
            above, below = one["lower"] > 1, one["upper"] < 1
            applies = {"above": above, "below": below, "open": not above and not below}[which]
            if applies:
                told = 1 - probability if which == "below" else probability
                found.append({"probability": Probability(told)})
        return found

    return expected


def of_counts(case):
    found = []
    for _, low, high, shown in _comparable(case):
        first, last = shown.iloc[0], shown.iloc[-1]
        numbers = {f"low_{name}": float(first[name]) for name in ("lower", "upper")}
        numbers |= {f"high_{name}": float(last[name]) for name in ("lower", "upper")}
        numbers |= {"low_count": float(first["median"]), "high_count": float(last["median"])}
        labels = {"low": quoted(low), "high": quoted(high)}
        found.append(labels | numbers | {"interval": 90.0})
    return found


def of_overall(case):
    if case.fit.coding.frequencies:
        return []
    row = lc.expected_counts(case.asked, population="study").summary.iloc[0]
    numbers = {"count": row["median"], "lower": row["lower"], "upper": row["upper"]}
    return [numbers | {"interval": 90.0}]


def of_alike(case):
    names = {"en": "team", "nl": "team"}[case.language]
    parts = [names] if "intercept" in case.fit.coding.team_effects else []
    parts += [quoted(covariate.name) for covariate in case.fit.coding.covariates]
    if case.name == "none compared":
        return []
    word = {"en": "their answer to", "nl": "hun antwoord op"}[case.language]
    found = []
    names = [frequency.name for frequency in case.fit.coding.frequencies]
    for name in names:
        more = [f"{word} {quoted(other)}" for other in names if other != name]
        found.append({"alike": listed([*parts, *more], case.language)})
    return found


def of_strength(case):
    found = []
    for name, low, high, _ in _comparable(case):
        row = lc.e_value(
            case.asked, high, low, population="study", frequency=name, rule=case.answers.rule
        ).summary.iloc[0]
        labels = {"frequency": quoted(name), "high": quoted(high), "low": quoted(low)}
        numbers = {"strength": row["median"], "lower": row["lower"], "upper": row["upper"]}
        found.append(labels | numbers | {"interval": 90.0})
    return found


def of_style(below):
    def expected(case):
        found = []
        for name, low, high, _ in _comparable(case):
            row = lc.tipping_point(
                case.asked, high, low, population="study", bias="reporting", method_share=0.25,
                frequency=name, rule=case.answers.rule,
            ).summary.iloc[-1]  # fmt: skip
            # Reckoned from the shares of all levels: nothing where one may not be shown.
            if row["suppressed"] or (row["median"] < 1) != below:
                continue
            told = {"high": quoted(high), "low": quoted(low)}
            if not below:
                numbers = {"factor": row["median"], "lower": row["lower"], "upper": row["upper"]}
                told |= numbers | {"frequency": quoted(name), "share": 25.0, "interval": 90.0}
            found.append(told)
        return found

    return expected


def of_share(case):
    found = []
    for name, _, high, _ in _comparable(case):
        if case.answers.frequencies[0].share is None:
            continue
        table = lc.variance_partition(case.asked, frequency=name, rule=case.answers.rule).summary
        row = table[(table["estimand"] == "team_share") & (table["contrast"] == high)].iloc[0]
        numbers = {"share": row["median"], "lower": row["lower"], "upper": row["upper"]}
        labels = {"frequency": quoted(name), "high": quoted(high)}
        found.append(labels | {key: 100 * x for key, x in numbers.items()} | {"interval": 90.0})
    return found


def _ranks(case, told):
    effect = told.frequency or "intercept"
    table = lc.rank_teams(case.asked, effect, top=told.top, rule=case.answers.rule).summary
    return table[~table["suppressed"]]


def _named(rows, language):
    words = [
        f"{row['team']} ({Probability(row['probability']).written(language)[0]})"
        for _, row in rows.iterrows()
    ]
    return listed(words, language)


def _about(told):
    return "highest" if told.frequency is None else "of_ratio" if told.falling else "strongest"


def of_ranking(about):
    def expected(case):
        if case.name in BY_HAND:
            return None
        found = []
        for told in teams_told(case.answers):
            if about != _about(told):
                continue
            ranks = _ranks(case, told)
            teams = _named(ranks.head(told.top), case.language)
            labels = {} if told.frequency is None else {"frequency": quoted(told.frequency)}
            found.append(
                labels | {"teams": teams, "top": float(told.top), "all": float(len(ranks))}
            )
        return found

    return expected


def of_chance(case):
    return [
        {"probability": Probability(told.top / told.n_shown)}
        for told in teams_told(case.answers)
        if told.ranked
    ]


def _likely(case):
    for told in teams_told(case.answers):
        if not told.ranked:
            continue
        if case.name in BY_HAND:
            yield [team.team for team in told.ranked if team.probability > 0.5]
        else:
            ranks = _ranks(case, told).head(told.top)
            yield ranks.loc[ranks["probability"] > 0.5, "team"].tolist()


def of_certain(case):
    return [
        {"half": 50.0, "teams": listed(teams, case.language)} for teams in _likely(case) if teams
    ]


def of_uncertain(case):
    return [{"half": 50.0} for teams in _likely(case) if not teams]


def of_hidden(case):
    if case.name == "many hidden":
        (told,) = teams_told(case.answers)
        return [{"hidden": float(told.n_teams - told.n_shown)}]
    found = []
    for told in teams_told(case.answers):
        hidden = case.fit.provenance.n_teams - told.n_shown
        if hidden >= case.answers.rule.minimum and told.n_shown:
            found.append({"hidden": float(hidden)})
    return found


def of_checks(withheld):
    def expected(case):
        words = texts(case.language)["check_words"]
        found = []
        for check in case.answers.checks.checks:
            values = check.values
            if check.name not in words or not {"lower", "upper"} <= set(values):
                continue
            if ("observed" not in values) != withheld:
                continue
            told = {"what": words[check.name], "lower": values["lower"], "upper": values["upper"]}
            found.append(told if withheld else told | {"observed": values["observed"]})
        return found

    return expected


def of_trust(passed):
    def expected(case):
        if case.fit.certificate.passed != passed:
            return []
        engine = case.fit.certificate.engine
        dutch = {"marginal": "marginaal", "marginal NUTS": "marginaal met NUTS"}
        named = {"nuts": "NUTS"} | (dutch if case.language == "nl" else {})
        name = named.get(engine, engine)
        return [{"engine": name, "draws": float(case.fit.draws["posterior"].sizes["draw"] * 4)}]

    return expected


def of_left_out(case):
    rows = case.fit.provenance.n_left_out
    return [{"rows": float(rows)}] if rows and rows >= case.answers.rule.minimum else []


def of_few_left_out(case):
    rows, told = case.fit.provenance.n_left_out, case.fit.provenance
    few = rows is None or 0 < rows < case.answers.rule.minimum
    return [{"minimum": float(max(case.answers.rule.minimum, told.n_left_out_below or 0))}] * few


def with_invited(answers, more, **parts):
    """So many more asked in each team than answered, by the design itself."""
    design = answers.fit.design
    asked = tuple((str(team), int(n) + more) for team, n in _people_of(design))
    total = sum(n for _, n in asked) + parts.get("silent", 0)
    return changed(answers, provenance={"invited": Invited(total, asked, **parts)})


def _people_of(design):
    sizes = np.bincount(design.team, weights=design.multiplicity, minlength=len(design.teams))
    return zip(design.teams, np.rint(sizes).astype(int), strict=True)


def _rates(case):
    """Response of the teams that the rule leaves, reckoned from the respondents themselves."""
    sizes, asked = dict(_people_of(case.fit.design)), dict(case.fit.provenance.invited.by_team)
    return [100 * size / asked[team] for team, size in sizes.items() if size >= 5]


def of_response(case):
    if case.name not in ("response", "one silent team"):
        return []
    invited = case.fit.provenance.invited.total
    share = 100 * case.fit.design.n_respondents / invited
    return [{"invited": float(invited), "share": share}]


def of_response_by_team(case):
    if case.name not in ("response", "one silent team"):
        return []
    rates = np.array(_rates(case))
    spread = {"lowest": rates.min(), "median": np.median(rates), "highest": rates.max()}
    return [{"teams": float(len(rates))} | spread]


def of_family(out_of):
    def expected(case):
        words = texts(case.language)["method"]
        if case.family.out_of_trials != out_of:
            return []
        return [{"family": words[case.family.name]}]

    return expected


def of_coding(kind):
    return lambda case: [
        {"frequency": quoted(one.name)}
        for one in case.fit.coding.frequencies
        if one.kind + "_odds" * case.family.out_of_trials == kind
    ]


def of_heaped(case):
    design = case.fit.design
    if case.name != "heaped":
        return []
    counts = np.repeat(design.outcome, np.rint(design.multiplicity).astype(int))
    large = counts[counts >= 3]
    # About a fifth would be multiples of 5: those within 2 of one are five numbers.
    return [{"share": _in_tens((large % 5 == 0).mean()), "expected": 20.0}]


def of_heaped_monthly(case):
    design = case.fit.design
    if case.name not in ("heaped", "heaped monthly"):
        return []
    counts = np.repeat(design.outcome, np.rint(design.multiplicity).astype(int))
    large = counts[counts >= 11]
    if len(large) < 50:
        # A tenth of them would be fewer people than may be shown.
        return []
    # Of the neighbours 11 alone was answered, if any, and stands for itself and for 13.
    expected = _in_tens((large == 11).mean() / 2)
    share = _in_tens(np.isin(large, [12, 24, 36, 48]).mean())
    return [{"share": share, "expected": expected}]


def _in_tens(share):
    """Percents as they are told: so coarse that they count nobody."""
    return 10.0 * np.rint(10 * share)


STATED = {
    ("question", "outcome"): lambda case: [
        {"outcome": quoted(case.fit.codebook.outcome_column), "team": quoted("team")}
    ],
    ("question", "frequency"): lambda case: [
        {
            "frequency": quoted(one.name),
            "levels": listed([quoted(level) for level in one.levels], case.language),
        }
        for one in case.fit.coding.frequencies
    ],
    ("question", "options"): lambda case: (
        [{"options": listed(["‘none’", "‘1 or more’"], case.language)}] * (case.name == "binned")
    ),
    ("question", "top"): lambda case: [{"top": 10.0}] * (case.name == "top"),
    ("question", "out_of"): lambda case: [{"trials": 3.0}] * (case.name == "checklist"),
    ("question", "out_of_column"): lambda case: [{"trials": "‘shown’"}] * (case.name == "trials"),
    ("method", "zero_depends"): lambda case: (
        [{"names": listed(["‘talk’", "‘tenure’", "team"], case.language)}]
        * (case.name == "zero part")
    ),
    ("question", "exposure"): lambda case: [{"exposure": "‘months’"}] * (case.name == "exposure"),
    ("who", "counted"): lambda case: [
        {
            "respondents": float(case.fit.provenance.n_respondents),
            "teams": float(case.fit.draws["constant_data"].sizes["team"])
            if case.name != "loaded"
            else float(case.fit.provenance.n_teams),
        }
    ],
    ("who", "left_out"): of_left_out,
    ("who", "few_left_out"): of_few_left_out,
    ("who", "summed_out"): lambda case: [{"rows": 37.0}] * (case.name == "summed out"),
    ("who", "few_summed_out"): lambda case: [{"minimum": 5.0}] * (case.name == "few summed out"),
    ("who", "response"): of_response,
    ("who", "response_by_team"): of_response_by_team,
    ("who", "hardly_missing"): lambda case: (
        [{"minimum": 5.0}] * (case.name == "hardly anybody missing")
    ),
    ("who", "silent_teams"): lambda case: [{"teams": 3.0}] * (case.name == "response"),
    ("who", "heaped"): of_heaped,
    ("who", "heaped_monthly"): of_heaped_monthly,
    ("answer", "ratio"): of_ratio,
    ("answer", "none_compared"): lambda case: (
        [{"frequency": "‘talk’"}] * (case.name == "none compared")
    ),
    ("answer", "nobody_gave"): of_nobody,
    ("answer", "above"): of_direction("above"),
    ("answer", "below"): of_direction("below"),
    ("answer", "open"): of_direction("open"),
    ("answer", "alike"): of_alike,
    ("answer", "counts"): of_counts,
    ("answer", "overall"): of_overall,
    ("answer", "meaning"): lambda case: [{"interval": 90.0}],
    ("teams", "strongest"): of_ranking("strongest"),
    ("teams", "highest"): of_ranking("highest"),
    ("teams", "of_ratio"): of_ranking("of_ratio"),
    ("teams", "chance"): of_chance,
    ("teams", "fairly_certain"): of_certain,
    ("teams", "uncertain"): of_uncertain,
    ("teams", "hidden"): of_hidden,
    ("teams", "share"): of_share,
    ("limits", "strength"): of_strength,
    ("limits", "style"): of_style(below=False),
    ("limits", "style_below"): of_style(below=True),
    ("checks", "computed"): of_trust(passed=True),
    ("checks", "not_computed"): of_trust(passed=False),
    ("check_words", "found"): of_checks(withheld=False),
    ("check_words", "withheld"): of_checks(withheld=True),
    ("method", "model"): of_family(out_of=False),
    ("method", "model_out_of"): of_family(out_of=True),
    ("method", "monotonic"): of_coding("monotonic"),
    ("method", "monotonic_odds"): of_coding("monotonic_odds"),
    ("method", "unordered"): of_coding("unordered"),
    ("method", "unordered_odds"): of_coding("unordered_odds"),
    ("method", "linear"): of_coding("linear"),
    ("method", "linear_odds"): of_coding("linear_odds"),
    ("method", "covariates"): lambda case: (
        [
            {
                "covariates": listed(
                    [quoted(c.name) for c in case.fit.coding.covariates], case.language
                )
            }
        ]
        * bool(case.fit.coding.covariates)
    ),
    ("method", "moderators"): lambda case: [{"names": "‘tenure’"}] * (case.name == "more"),
    ("method", "interactions"): lambda case: [{"names": "‘talk’ × ‘meet’"}] * (case.name == "more"),
    ("method", "summed_out"): lambda case: (
        [{"frequency": "‘talk’"}] * case.name.endswith("summed out")
    ),
    ("method", "weighted"): lambda case: [{"weight": "‘w’"}] * (case.name == "weights"),
    ("method", "disclosure"): lambda case: [{"minimum": float(case.answers.rule.minimum)}],
    ("method", "disclosure_reason"): lambda case: (
        [{"reason": "a pilot among ourselves"}] * (case.name == "lowered")
    ),
    ("method", "pseudonymised"): lambda case: (
        [{"columns": listed(["‘team’", "‘talk’"], case.language)}] * (case.name == "pseudonyms")
    ),
}

# Parts of tables, figures and lines, with what must stand in their braces in a case.
# What is told only within another template is read back there.

WITHIN = {
    ("answer", "other_frequency"): ("answer", "alike"),
    ("teams", "team_probability"): ("teams", "strongest"),
    ("numbers", "more_than"): ("answer", "above"),
    ("numbers", "less_than"): ("teams", "strongest"),
}


def _ninety(case):
    return {"interval": percentage(INTERVAL, case.language)}


PARTS = {
    ("numbers", "between"): (
        "usual",
        lambda case: dict(
            zip(
                ("lower", "upper"),
                (_written(x, 1, case) for x in _first_count(case)[["lower", "upper"]]),
                strict=True,
            )
        ),
    ),
    ("numbers", "from_to"): ("usual", lambda case: {"first": 20, "last": 49}),
    ("numbers", "or_more"): ("usual", lambda case: {"first": 50}),
    ("answer", "interval"): ("usual", _ninety),
    ("answer", "ratio_column"): ("usual", lambda case: {"low": "‘never’"}),
    ("answer", "table"): ("usual", lambda case: {"frequency": "‘talk’"}),
    ("teams", "interval"): ("usual", _ninety),
    ("teams", "probability"): ("usual", lambda case: {"top": 5}),
    ("teams", "table"): ("usual", lambda case: {"frequency": "‘talk’", "top": 5}),
    ("teams", "table_ratio"): ("falling", lambda case: {"frequency": "‘talk’", "top": 5}),
    ("teams", "table_level"): ("no frequency", lambda case: {"top": 5}),
    ("write_up", "software"): (
        "usual",
        lambda case: {
            "version": lc.__version__,
            "draws": case.fit.draws["posterior"].sizes["draw"] * 4,
            "seed": case.fit.provenance.seed,
        },
    ),
}


def _first_count(case):
    return lc.expected_counts(case.asked, population="study").summary.iloc[0]


def _written(value, decimals, case):
    told = f"{value:.{decimals}f}"
    return told.replace(".", ",") if case.language == "nl" else told


#: Templates of the page and of the command line, read back by tests of their own below.
OF_PAGE = {
    *(("page", name) for name in ("subtitle", "made")),
    *((section, name) for section in ("answer", "teams") for name in ("figure", "figure_alt")),
    *(("teams", name) for name in ("drawn_all", "drawn_some")),
    ("console", "written"),
    # Read back where the priors are told.
    *(("write_up", name) for name in ("priors", "priors_odds")),
}


def holds_of(*names):
    return lambda case: case.name in names


def _levels_hidden(case):
    return any(len(one.levels) < len(one.asked) for one in case.answers.frequencies)


def _n_hidden(case):
    return [
        case.fit.provenance.n_teams - told.n_shown
        if case.name not in BY_HAND
        else told.n_teams - told.n_shown
        for told in teams_told(case.answers)
    ]


def _verdicts(case):
    return {one.verdict for one in case.answers.checks.checks if one.name != "certificate"}


def _varies(case, *, level, slope):
    effects = case.fit.coding.team_effects
    has_slope = any(name != "intercept" for name in effects)
    return ("intercept" in effects) == level and has_slope == slope


#: Sentences that state no number, and of which studies each is to be told.
TOLD_OF = {
    ("question", "options_of_version"): holds_of("versions"),
    ("method", "zero_same"): lambda case: case.family.zeros != "none" and case.name != "zero part",
    ("question", "talking"): lambda case: bool(case.fit.coding.frequencies),
    ("question", "without"): lambda case: not case.fit.coding.frequencies,
    ("who", "nobody_left_out"): lambda case: case.fit.provenance.n_left_out == 0,
    ("answer", "few_gave"): lambda case: _levels_hidden(case) and case.name != "none compared",
    ("teams", "hidden_one"): lambda case: (
        any(0 < n < 5 for n in _n_hidden(case)) and case.name != "none shown"
    ),
    ("teams", "none_shown"): lambda case: any(not one.ranked for one in teams_told(case.answers)),
    ("teams", "pooling"): lambda case: any(one.ranked for one in teams_told(case.answers)),
    ("teams", "stands_out"): lambda case: any(_likely(case)),
    ("teams", "odds"): lambda case: case.family.name == "beta_binomial",
    ("teams", "zeros_inflated"): lambda case: case.family.zeros == "inflated",
    ("teams", "zeros_hurdle"): lambda case: case.family.zeros == "hurdle",
    ("checks", "fits"): lambda case: (
        "good" in _verdicts(case) and not _verdicts(case) & {"bad", "doubtful"}
    ),
    ("checks", "misfits"): lambda case: bool(_verdicts(case) & {"bad", "doubtful"}),
    ("checks", "not_applicable"): lambda case: _verdicts(case) == {"not applicable"},
    ("checks", "saved"): lambda case: case.fit.design is None,
    ("method", "zeros_inflated"): lambda case: case.family.zeros == "inflated",
    ("method", "zeros_hurdle"): lambda case: case.family.zeros == "hurdle",
    ("method", "ranges"): holds_of("binned", "versions", "top"),
    ("method", "manifest"): holds_of("observed means"),
    ("method", "latent"): holds_of("more"),
    ("method", "departments"): holds_of("more"),
    ("method", "team_both"): lambda case: _varies(case, level=True, slope=True),
    ("method", "team_level"): lambda case: _varies(case, level=True, slope=False),
    ("method", "team_slope"): lambda case: _varies(case, level=False, slope=True),
    ("method", "engine_nuts"): lambda case: case.fit.certificate.engine == "nuts",
    ("method", "engine_marginal_nuts"): holds_of("integrated and sampled"),
    ("method", "engine_marginal"): lambda case: "NUTS" not in case.fit.certificate.engine.upper(),
    ("method", "standardised"): lambda case: bool(case.fit.coding.frequencies),
    ("who", "asked"): lambda case: case.fit.provenance.invited is None,
    ("who", "silent_team"): holds_of("one silent team"),
    ("limits", "association"): lambda case: bool(case.fit.coding.frequencies),
    ("limits", "own_words"): lambda case: bool(case.fit.coding.frequencies),
    ("limits", "teams"): lambda case: bool(case.fit.coding.frequencies),
    ("limits", "association_without"): lambda case: not case.fit.coding.frequencies,
    ("limits", "own_words_without"): lambda case: not case.fit.coding.frequencies,
    ("limits", "teams_without"): lambda case: not case.fit.coding.frequencies,
    ("limits", "privacy"): lambda case: True,
    ("limits", "nonresponse"): lambda case: True,
}

#: Sentences of the page alone, or chosen by a verdict; the tests below tell when each is.
ELSEWHERE = {
    ("who", "left_out_note"),
    ("answer", "distrust"),
    ("teams", "no_teams"),
    ("checks", "figure_alt"),
    ("console", "not_kept"),
    ("console", "count_of_joint"),
    ("method", "joint"),
}
#: Those of several kinds, and of certificates, are read back in files of their own.
OF_KINDS = ("kinds", "certificate_words", "codebook", "prior_names", "prior_shapes")
#: Questions that head a section.
HEADINGS = {("checks", "heading"), ("console", "checks")}


def test_every_template_that_states_something_is_read_back():
    every = flat("en").items()
    stating = {key for key, text in every if fields_of(text) and key[0] not in OF_KINDS}
    assert stating == {*STATED, *WITHIN, *PARTS, *OF_PAGE}


def test_every_sentence_without_figures_is_told_where_it_holds():
    plain = {
        key
        for key, text in flat("en").items()
        if not fields_of(text) and text[-1] in ".?" and key[0] not in ("check_words", *OF_KINDS)
    } - HEADINGS
    assert plain == {*TOLD_OF, *ELSEWHERE}


def matches(case, key):
    """Every reading of a template in a case."""
    return case.read.get(key, [])


def accounts_for(wanted, found, language):
    return all(agrees(found[name], exact, language) for name, exact in wanted.items())


@pytest.mark.parametrize("key", STATED, ids="-".join)
def test_what_a_template_states_is_what_the_fit_says(cases, key):
    n_told = 0
    for case in cases:
        wanted, found = STATED[key](case), matches(case, key)
        if wanted is None:
            continue
        for one in found:
            assert any(accounts_for(exact, one, case.language) for exact in wanted), (
                case.name,
                one,
            )
        for exact in wanted:
            told = any(accounts_for(exact, one, case.language) for one in found)
            assert told, (case.name, exact, found)
        n_told += len(found)
    assert n_told


def test_a_wrong_figure_is_found(cases):
    """What reads back is not blind: another median, level or probability is no match."""
    case = cases[0]
    keys = [("answer", "ratio"), ("answer", "counts"), ("limits", "strength"), ("limits", "style")]
    for key in keys:
        (exact,) = STATED[key](case)
        (found,) = matches(case, key)
        assert accounts_for(exact, found, case.language)
        for name, value in exact.items():
            other = f"{value}x" if isinstance(value, str) else value * 1.05
            assert not accounts_for(exact | {name: other}, found, case.language), (key, name)


@pytest.mark.parametrize("key", WITHIN, ids="-".join)
def test_parts_of_sentences_are_read_back_within_them(cases, key):
    template = pattern_of(texts(cases[0].language)[key[0]][key[1]])
    told = [line for case in cases for line in case.lines if template.search(line)]
    assert told


@pytest.mark.parametrize("key", PARTS, ids="-".join)
def test_parts_of_tables_and_texts_state_what_they_should(cases, key):
    name, fill = PARTS[key]
    case = next(one for one in cases if one.name == name)
    assert texts(case.language)[key[0]][key[1]].format(**fill(case)) in case.text


@pytest.mark.parametrize("key", TOLD_OF, ids="-".join)
def test_a_sentence_is_told_where_it_holds_and_nowhere_else(cases, key):
    holds = TOLD_OF[key]
    wrong = [case.name for case in cases if (key in case.read) != holds(case)]
    assert wrong == []
    assert any(holds(case) for case in cases)


@pytest.fixture(scope="module", params=LANGUAGES)
def laid_out(request, answers):
    return request.param, page(answers, language=request.param)


def test_figures_are_described_by_what_they_show(laid_out, answers):
    language, told = laid_out
    words, fit = texts(language), answers.fit
    (part,), (teams,) = told.answers, told.teams
    ((response, _),), ((caterpillar, _),) = part.blocks, teams.blocks
    assert response.caption == words["answer"]["figure"].format(frequency="‘talk’")
    read = pattern_of(words["answer"]["figure_alt"]).fullmatch(response.alternative)
    assert (read["frequency"], read["interval"]) == ("‘talk’", "90%")
    rows = lc.expected_counts(fit, population="study").summary
    points = [point.rsplit(": ", 1) for point in read["points"].split("; ")]
    assert [label for label, _ in points] == [quoted(level) for level in rows["contrast"]]
    for (_, number), exact in zip(points, rows["median"], strict=True):
        assert agrees(number, float(exact), language)
    read = pattern_of(words["teams"]["figure_alt"]).fullmatch(caterpillar.alternative)
    n_teams = fit.provenance.n_teams
    assert read["interval"] == "90%"
    # As in the figure that is drawn: by the median, not by the probability of the table.
    drawn = lc.plots.team_effects(fit, most=24).axes[0].get_yticklabels()
    names = [label.get_text() for label in drawn]
    assert len(names) == min(n_teams, 24)
    about = "drawn_some" if n_teams > 24 else "drawn_all"
    assert read["drawn"] == words["teams"][about].format(drawn=24, shown=n_teams)
    assert read["highest"] == listed(names[:3], language)
    assert read["lowest"] == listed(names[:-4:-1], language)
    assert caterpillar.caption == words["teams"]["figure"].format(frequency="‘talk’")
    assert told.checks.figure.alternative == words["checks"]["figure_alt"]


def test_the_page_is_headed_by_what_it_is_about(laid_out, answers):
    from learnclimate.reporting.html_report import report_html

    language, told = laid_out
    words = texts(language)
    source = {"en": "a simulation", "nl": "een simulatie"}[language]
    assert told.subtitle.startswith(words["page"]["subtitle"].format(source=source))
    html = report_html(answers, language=language)
    (footer,) = re.findall(r"<footer><p>(.*?)</p></footer>", html)
    made = pattern_of(words["page"]["made"]).fullmatch(footer)
    assert made["version"] == lc.__version__
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", made["date"])
    assert words["who"]["left_out_note"] in html
    assert words["answer"]["distrust"] not in html
    assert words["teams"]["no_teams"] not in html


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_without_teams_or_trust_says_so(studies, language):
    from learnclimate.reporting.html_report import report_html

    bad, without = (report_html(studies[name], language=language) for name in ("bad", "no teams"))
    assert texts(language)["answer"]["distrust"] in bad
    assert texts(language)["teams"]["no_teams"] in without


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_command_line_says_what_it_wrote(language, capsys):
    from pathlib import Path

    from learnclimate.cli.terminal import Terminal

    Terminal(language, quiet=False).written(Path("results") / "report.html")
    path = str(Path("results") / "report.html")
    assert texts(language)["console"]["written"].format(path=path) in capsys.readouterr().out


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_finding_of_a_check_is_told_by_its_verdict(language):
    words = texts(language)["check_words"]
    numbers = {"median": 0.5, "lower": 0.4, "upper": 0.6}
    used = set()
    for name, (inside, outside) in {
        **{name: (0.5, 0.9) for name in texts(language)["check_names"] if name in words},
        **dict.fromkeys(texts(language)["check_names"], (0.5, 0.9)),
    }.items():
        for verdict, observed in (("good", inside), ("bad", outside), ("not applicable", inside)):
            check = Check(name, verdict, "English", numbers | {"observed": observed})
            (told,) = checks_told([check], language=language)
            used |= {key for key, text in words.items() if text in told.words}
    (small,) = checks_told(
        [Check("mean", "good", "w", numbers | {"observed": 0.9})], language=language
    )
    used |= {key for key, text in words.items() if text in small.words}
    figures = numbers | {"observed": 0.5, TAKEN_AT_LOWEST: 1.0}
    (binned,) = checks_told([Check("mean", "good", "w", figures)], language=language)
    assert words["mean"] + words["of_options"] in binned.words
    used |= {key for key, text in words.items() if text in binned.words}
    assert used == {key for key, text in words.items() if not fields_of(text)}
