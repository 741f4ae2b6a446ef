"""A model in the notation of brms and of mathematics; brms itself reads what is written."""

import re
import shutil
import subprocess

import pytest
from tests.structured import structured_family_survey, structured_survey

import learnclimate as lc
from learnclimate.counts.brms_outcome import outcome_side
from learnclimate.counts.families import (
    BetaBinomial,
    HurdleNegativeBinomial,
    Poisson,
    ZeroInflatedPoisson,
    ZeroPart,
)
from learnclimate.counts.formula_parts import in_tex
from learnclimate.counts.frequency import Linear, Unordered
from learnclimate.counts.model import CountModel
from learnclimate.counts.prior_choice import Priors
from learnclimate.counts.priors import Dirichlet
from learnclimate.counts.r_names import RNames, r_values
from learnclimate.survey.outcome import Outcome
from learnclimate.survey.simulation import simulate_survey
from learnclimate.survey.truth import Truth

RICH = CountModel(
    moderators=("challenge",),
    interactions=(("talk", "meet"),),
    department_effects=("intercept", "talk"),
    covariates=("age",),
)
CASES = {
    "plain": CountModel(covariates=()),
    "rich": RICH,
    "equal steps": CountModel(
        frequency={"talk": Linear(), "meet": Unordered()},
        between=True,
        moderators=("challenge",),
        team_effects=("intercept",),
    ),
    "Poisson without teams": CountModel(family=Poisson(), team_effects=(), covariates=("age",)),
    "a slope alone": CountModel(team_effects=("talk",), covariates=()),
}


@pytest.fixture(scope="module")
def survey():
    return structured_survey()


def test_the_plain_model(survey):
    formula = CASES["plain"].formula(survey)
    assert formula.brms == (
        "bf(n ~ mo(talk) + mo(meet) + (1 + mo(talk) + mo(meet) | team), family = negbinomial())"
    )
    assert "y[i] ~ NegativeBinomial(μ[i], α)" in formula.text
    assert "Var(y[i]) = μ[i] + μ[i]²/α" in formula.text
    assert len(formula.notes) == 1
    assert "per step in brms" in formula.notes[0]


def test_counts_out_of_so_many_name_nothing_that_is_not_there():
    nine = structured_family_survey(Outcome("n", trials=9))
    model = CountModel(family=BetaBinomial(), covariates=(), team_effects=())
    assert model.formula(nine).brms == (
        "bf(n | trials(9) ~ mo(talk) + mo(meet), family = beta_binomial())"
    )
    asked = Outcome("activities", checklist=["course", "on the job"])
    survey = simulate_survey(n_teams=8, seed=3, truth=Truth(outcome=asked))
    assert model.formula(survey).brms.startswith(
        'data$activities <- data$course + data[["on the job"]]\nbf(activities | trials(2) ~ '
    )


def test_what_shifts_a_slope_shares_its_curve(survey):
    formula = RICH.formula(survey)
    assert survey.frame["challenge"].mean() == pytest.approx(3.2, abs=0.05)
    assert "data$challenge_centred <- data$challenge - 3.2\n" in formula.brms
    assert 'mo(talk, id = "talk"):challenge_centred' in formula.brms
    assert 'mo(talk, id = "talk"):mo(meet, id = "meet")' in formula.brms
    assert '(1 + mo(talk, id = "talk") | department)' in formula.brms
    assert "κ_talk:challenge·m_talk(talk[i])·(challenge[j] - 3.2)" in formula.text
    assert r"\kappa_{\text{talk:meet}}\, m_{\text{talk}}(\text{talk}_i)" in formula.latex
    assert "w[d] ~ Normal(0, Σ_w)" in formula.text


def test_equal_steps_and_their_team_means_are_prepared(survey):
    formula = CASES["equal steps"].formula(survey)
    assert "data$talk_steps <- (as.integer(data$talk) - 1) / 3" in formula.brms
    assert "ave(data$meet_steps, data$team) - mean(data$meet_steps)" in formula.brms
    assert formula.notes == ()


def test_what_brms_has_no_term_for_is_said(survey):
    notes = CountModel(between="latent").formula(survey).notes
    assert any("no term for the latent mean of 'talk'" in note for note in notes)
    notes = CountModel(between=True).formula(survey).notes
    assert any("no term for the mean of the monotone curve of 'meet'" in note for note in notes)


def test_priors_of_steps_are_those_used(survey):
    model = CountModel(priors=Priors(frequency_shape={"talk": Dirichlet(2.5)}), covariates=())
    assert "ζ_talk ~ Dirichlet(2.5, 2.5, 2.5)" in model.formula(survey).text


def test_zeros_have_a_line_of_their_own(survey):
    family = ZeroInflatedPoisson(ZeroPart(covariates=("age",), frequency=False))
    from learnclimate.counts.brms_formula import brms_call
    from learnclimate.counts.formula_terms import model_lines

    design = CASES["plain"].design(survey)
    import types

    told = types.SimpleNamespace(family=family, priors=None)
    call = brms_call(told, design, survey.codebook).code
    assert "zi ~ age" in call
    assert "zero_inflated_poisson()" in call
    text = "\n".join(f"{line.left[0]} {line.right[0]}" for line in model_lines(told, design))
    assert "logit π[i] a0 + a_age·age[i]" in text


ASKED = {
    "bins": lc.Outcome("n", bins=["none", "1-2", "3-5", "6 or more"]),
    "low bins": lc.Outcome("n", bins=["0-2", "3 or more"]),
    "versions": lc.Outcome(
        "n", version="form", bins={"a": ["none", "1+"], "b": ["none", "1-3", "4+"]}
    ),
    "top": lc.Outcome("n", top=10),
    "out of K": lc.Outcome("n", trials=8),
    "own K": lc.Outcome("n", trials="asked of"),
    "checklist": lc.Outcome("n", checklist=["course", "my reading"]),
}
SIDES = {
    "bins": "n_from | cens(n_kind, n_to)",
    "low bins": "n_from | cens(n_kind, n_to)",
    "versions": "n_from | cens(n_kind, n_to)",
    "top": "n_from | cens(n_kind)",
    "out of K": "n | trials(8)",
    "own K": "n | trials(asked_of)",
    "checklist": "n | trials(2)",
}


@pytest.mark.parametrize("name", ASKED)
def test_how_the_outcome_was_asked_is_in_the_formula(name):
    names = RNames.of(["n"])
    side, _ = outcome_side(ASKED[name], names)
    assert side == SIDES[name]
    told = "\n".join(names.prepared)
    if name == "bins":
        assert 'c("none", "left"' not in told
        assert 'n_kind <- c("none", "interval", "interval", "right")[place]' in told
        assert "n_from <- c(0, 0, 2, 5)[place]" in told
        assert "n_to <- c(0, 2, 5, 5)[place]" in told
    if name == "low bins":
        assert 'n_kind <- c("left", "right")[place]' in told
        assert "n_from <- c(2, 2)[place]" in told
    if name == "versions":
        assert 'c("a: none", "a: 1+", "b: none", "b: 1-3", "b: 4+")' in told
        assert 'paste0(data$form, ": ", as.character(data$n))' in told
    if name == "checklist":
        assert told == 'data$n <- data$course + data[["my reading"]]'


def test_bins_of_a_survey_are_in_its_formula():
    truth = lc.Truth(outcome=lc.Outcome("activities", bins=["none", "1-2", "3 or more"]))
    asked = lc.simulate_survey(n_teams=6, team_size=6, truth=truth, seed=1)
    formula = CountModel().formula(asked)
    assert "bf(activities_from | cens(activities_kind, activities_to) ~ mo(talk)" in formula.brms
    assert any("up to the second bound" in note for note in formula.notes)


AWKWARD = ("my talk", "talk_%", "2nd", "y__n", "n_", "if", "Intercept", "naïef", "`", ".n")


@pytest.mark.parametrize("name", AWKWARD)
def test_names_that_brms_refuses_get_another(name):
    """What it takes was tried out; tests/test_formulas_in_brms.py asks brms itself."""
    names = RNames.of([name, "my_talk"])
    made = names.column(name)
    assert re.fullmatch(r"[A-Za-z]+(_?[A-Za-z0-9]+)*", made)
    assert made not in {name, "my_talk", "if", "Intercept"}
    assert names.prepared == [f"data${made} <- {r_values(name)}"]
    assert names.column(name) == made
    assert RNames.of(["talk.n_2"]).column("talk.n_2") == "talk.n_2"


def test_made_names_are_no_column_of_the_survey():
    names = RNames.of(["talk_steps", "talk steps", "talk%steps"])
    assert names.made("talk_steps") == names.made("talk_steps") == "talk_steps_2"
    assert names.column("talk steps") == "talk_steps_3"
    assert names.column("talk%steps") == "talk_steps_4"


def test_responses_differ_in_letters_and_digits():
    names = RNames.of(["a_b", "a.b", "ab"])
    responses = []
    for name in ("a_b", "a.b", "ab"):
        responses.append(names.response(name, responses))
    bare = [re.sub(r"[._]", "", response) for response in responses]
    assert len(set(bare)) == len(bare)
    assert names.prepared[0] == "data$a_b_2 <- data$a.b"


def test_latex_escapes_what_it_would_read_as_a_command():
    assert in_tex("a^b~c\\d{e}_%&#$") == (
        r"a\textasciicircum{}b\textasciitilde{}c\textbackslash{}d\{e\}\_\%\&\#\$"
    )


def test_the_zero_part_is_defined(survey):
    zero = ZeroPart(covariates=("age",), team_intercept=True)
    model = CountModel(family=HurdleNegativeBinomial(zero), covariates=(), team_effects=())
    text = model.formula(survey).text
    assert "P(y[i] = 0) = π[i]\n" in text
    assert "P(y[i] = k), k > 0 = (1 - π[i])·f[i](k)/(1 - f[i](0))" in text
    assert "f[i](k) = P(x = k), x ~ NegativeBinomial(μ[i], α)" in text
    assert "Var(x) = μ[i] + μ[i]²/α" in text
    assert "m0_talk(k) = sum of the first k of ζ0_talk" in text
    assert "ζ0_talk ~ Dirichlet(1, 1, 1)" in text
    assert "s[j] ~ Normal(0, σ_s²)" in text
    inflated = CountModel(family=ZeroInflatedPoisson(), covariates=(), team_effects=())
    formula = inflated.formula(survey)
    assert "P(y[i] = 0) = π[i] + (1 - π[i])·f[i](0)" in formula.text
    assert r"\zeta^0_{\text{talk}} &\sim \text{Dirichlet}(1, 1, 1)" in formula.latex


def test_the_mean_of_all_is_defined(survey):
    for between in (True, "latent"):
        text = CountModel(between=between, covariates=()).formula(survey).text
        assert "M_talk = mean of m_talk(talk[i]) over all respondents" in text


@pytest.mark.oracle
@pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not installed")
def test_brms_reads_every_formula(survey, tmp_path):
    """Its parser builds the design of each: no column is missing, no term unknown."""
    survey.frame.to_csv(tmp_path / "data.csv", index=False)
    told = "\n".join(
        f'cat("{name}\\n"); data <- fresh\n'
        + model.formula(survey).brms.replace("bf(", "f <- bf(")
        + "\nstopifnot(nrow(get_prior(f, data)) > 2)"
        for name, model in CASES.items()
    )
    script = (
        'if (!requireNamespace("brms", quietly = TRUE)) { cat("no brms"); quit() }\n'
        "suppressMessages(library(brms))\n"
        f'fresh <- read.csv("{tmp_path / "data.csv"}")\n'
        'talk <- c("never", "monthly", "weekly", "daily"); meet <- c("no", "some", "much")\n'
        "fresh$talk <- factor(fresh$talk, talk, ordered = TRUE)\n"
        "fresh$meet <- factor(fresh$meet, meet, ordered = TRUE)\n" + told
    )
    (tmp_path / "script.R").write_text(script, encoding="utf-8")
    done = subprocess.run(
        ["Rscript", str(tmp_path / "script.R")],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if "no brms" in done.stdout:
        pytest.skip("brms is not installed")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") >= len(CASES)
