"""The facade: every public name resolves, is typed, and costs nothing until used."""

import ast
import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

import learnclimate as lc

PACKAGE = Path(importlib.util.find_spec("learnclimate").origin).parent

HEAVY = ("pymc", "pytensor", "nutpie", "numba", "matplotlib", "arviz", "jinja2", "typer")

#: The contract of the design document, as far as it is built.
CONTRACT = [
    "Codebook",
    "Scale",
    "Survey",
    "read_survey",
    "simulate_survey",
    "load_example",
    "Truth",
    "CountModel",
    "Poisson",
    "NegativeBinomial",
    "Monotonic",
    "Unordered",
    "Linear",
    "Priors",
    "Normal",
    "HalfNormal",
    "Exponential",
    "Gamma",
    "Beta",
    "Dirichlet",
    "LKJ",
    "StudentT",
    "build_model",
    "fit",
    "Fit",
    "load_fit",
    "rate_ratio",
    "expected_counts",
    "predicted_counts",
    "team_effects",
    "rank_teams",
    "check_fit",
    "posterior_predictive",
    "item_analysis",
    "reliability",
    "polychoric",
    "agreement",
    "aggregation",
    "scale_scores",
    "Result",
    "plots",
    "report",
    "DisclosureRule",
    "LearnClimateError",
]


def run_python(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300
    )
    return done.stdout.strip()


@pytest.mark.parametrize("name", lc.__all__)
def test_every_facade_name_resolves(name):
    assert getattr(lc, name) is not None


@pytest.mark.parametrize("name", lc.__all__)
def test_every_public_name_has_a_docstring(name):
    doc = getattr(lc, name).__doc__
    assert doc
    assert len(doc.strip().splitlines()[0]) > 10


@pytest.mark.parametrize("name", CONTRACT)
def test_the_contract_is_kept(name):
    assert name in lc.__all__


def test_dir_lists_the_public_names():
    assert set(lc.__all__) < set(dir(lc))
    assert "__version__" in dir(lc)


def test_version_is_that_of_the_package():
    from importlib.metadata import version

    assert lc.__version__ == version("learnclimate")


def test_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'rate_ration'"):
        _ = lc.rate_ration


def test_the_stub_names_the_same_homes():
    tree = ast.parse((PACKAGE / "__init__.pyi").read_text(encoding="utf-8"))
    typed = {
        (node.module, alias.name)
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    homes = {(f"learnclimate.{home}", name) for name, home in lc._HOME_OF.items()}
    assert typed == homes | {("learnclimate", "plots")}


def test_import_loads_nothing_heavy():
    loaded = run_python(
        f"import sys, learnclimate; print([m for m in {HEAVY!r} if m in sys.modules])"
    )
    assert loaded == "[]"


def test_import_loads_no_room():
    rooms = run_python(
        "import sys, learnclimate; print([m for m in sys.modules if m.startswith('learnclimate.')])"
    )
    assert rooms == "[]"


def test_reading_and_declaring_load_nothing_heavy():
    loaded = run_python(
        "import sys, learnclimate as lc; survey = lc.load_example(); survey.describe(); "
        "lc.CountModel().priors_for(survey); lc.DisclosureRule(10); "
        f"print([m for m in {HEAVY!r} if m in sys.modules])"
    )
    assert loaded == "[]"


def test_resolving_every_name_loads_nothing_heavy():
    loaded = run_python(
        "import sys, learnclimate as lc; [getattr(lc, n) for n in lc.__all__]; "
        f"print([m for m in {HEAVY!r} if m in sys.modules])"
    )
    assert loaded == "[]"


#: Calls that are wrong, each in the way in which people get it wrong.
WRONG_CALLS = {
    "misspelt column": "lc.read_survey(pd.DataFrame({'tema': [1], 'y': [2]}), codebook)",
    "missing file": "lc.read_survey('nowhere.csv', codebook)",
    "column with two roles": "lc.Codebook(outcome='y', team='y')",
    "prior below 0": "lc.CountModel(priors=lc.Priors(team_sd=lc.Exponential(-1)))",
    "prior of nothing": "lc.CountModel(priors=lc.Priors(dispersion=4)).priors_for(survey)",
    "covariate not asked": "lc.fit(lc.CountModel(covariates=('tenrue',)), survey)",
    "engine misspelt": "lc.fit(lc.CountModel(), survey, engine='margnal')",
    "arguments swapped": "lc.fit(survey, lc.CountModel())",
    "too few draws": "lc.fit(lc.CountModel(), survey, draws=1)",
    "covariate of a built model": "lc.build_model(lc.CountModel(covariates='x'), survey)",
    "no fit": "lc.rate_ratio(survey, 'weekly', 'never', population='study')",
    "no such fit": "lc.load_fit('nowhere.nc')",
    "no report of a survey": "lc.report(survey, 'report.html')",
}


def test_wrong_calls_are_answered_before_anything_heavy_is_loaded():
    # Loading PyMC is what would make the user wait; seconds are not asserted.
    lines = [
        "import sys, pandas as pd, learnclimate as lc",
        "survey, codebook = lc.load_example(), lc.Codebook(outcome='y', team='team')",
        f"for name, call in {WRONG_CALLS!r}.items():",
        "    try:",
        "        eval(call)",
        "        print(name, 'was not refused')",
        "    except lc.LearnClimateError:",
        "        pass",
        f"    print(*[(name, heavy) for heavy in {HEAVY!r} if heavy in sys.modules])",
    ]
    assert run_python("\n".join(lines)).split() == []


def test_wrong_commands_are_answered_before_anything_heavy_is_loaded(tmp_path):
    (tmp_path / "responses.csv").write_text("team,learnt\nA,1\nB,2\n")
    (tmp_path / "study.toml").write_text('outcome = "learned"\nteam = "team"\n')
    command = ["fit", str(tmp_path / "responses.csv"), "--codebook", str(tmp_path / "study.toml")]
    # The command line itself is made of typer.
    heavy = [name for name in HEAVY if name != "typer"]
    lines = [
        "import sys",
        "from learnclimate.cli import main",
        f"sys.argv = ['learnclimate', *{command!r}, '--out', {str(tmp_path / 'results')!r}]",
        "try:",
        "    main()",
        "except SystemExit as left:",
        "    print(left.code)",
        f"print(*[name for name in {heavy!r} if name in sys.modules])",
    ]
    # The code for what the user can mend.
    assert run_python("\n".join(lines)) == "2"
    assert not (tmp_path / "results").exists()
