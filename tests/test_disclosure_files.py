"""Saved fits, and all that is written beside them, searched for answers and names."""

import base64
import re
import struct
import subprocess
import sys
import zipfile

import h5py
import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

import learnclimate as lc
from learnclimate.cli.results import write_results
from learnclimate.reporting.answers import ask

mpl.use("Agg")
# Whether draws can be trusted is not the question here: what they tell is.
pytestmark = pytest.mark.filterwarnings("ignore")

LEVELS = ["never", "yearly", "monthly", "weekly"]
#: Six answered "never": enough at five, and not at the minimum of eight that is written at.
RAISED, HIDDEN_LEVELS = lc.DisclosureRule(8), ["never", "yearly"]
#: One small team, and the one that protects it: the last before it in their department.
HIDDEN = {"Zephyrwijk": 3, "Veldhuis": 14}
TEAMS = HIDDEN | {"Pimpernel": 12, "Quaggaoord": 6}
TEAMS |= {f"Wijkteam {letter}": 11 for letter in "ABCDEFGH"}
DEPARTMENTS = ["Xanthippe", "Yggdrasil"]
ROOM = "room"
ITEMS = ["room_1", "room_2", "room_3"]
#: What one respondent alone has: an exposure, a tenure, an open text, a rare language, a number.
EXPOSURE, TENURE = 13.671875, 7.3359375
WORDS = ["Bartholomeus", "Feroese", "PERSNR-80417"]


def answers():
    rng = np.random.default_rng(8)
    frame = pd.DataFrame({"team": [team for team, size in TEAMS.items() for _ in range(size)]})
    first = frame["team"].isin([*HIDDEN, "Pimpernel", "Quaggaoord"])
    frame["department"] = np.where(first, *DEPARTMENTS)
    n = len(frame)
    level = 1 + np.arange(n) % 3
    level[[40, 52, 64, 76, 88, 100]] = 0
    frame["talk"] = np.array(LEVELS, dtype=object)[level]
    frame["learnt"] = rng.poisson(2 + level)
    frame["months"] = 12.0
    frame.loc[20, "months"] = EXPOSURE
    frame["tenure"] = rng.uniform(1, 15, n)
    frame.loc[33, "tenure"] = TENURE
    frame["remark"] = "fine"
    frame.loc[9, "remark"] = f"my chief {WORDS[0]}"
    frame["language"] = np.where(np.arange(n) % 2, "nl", "fr")
    frame.loc[11, "language"] = WORDS[1]
    frame["person"] = [f"PERSNR-{80417 + place}" for place in range(n)]
    shared = rng.normal(0, 1, n)
    for item in ITEMS:
        frame[item] = np.clip(np.rint(3 + shared + rng.normal(0, 0.7, n)), 1, 5)
    return frame


CODEBOOK = lc.Codebook(
    outcome="learnt",
    team="team",
    department="department",
    respondent="person",
    frequency="talk",
    frequency_levels=LEVELS,
    exposure="months",
    covariates=["tenure", "language"],
    scales=[lc.Scale(ROOM, ITEMS)],
)
NUMBERS = {EXPOSURE, np.log(EXPOSURE), TENURE}


@pytest.fixture(scope="module")
def survey():
    return lc.read_survey(answers(), CODEBOOK)


@pytest.fixture(scope="module")
def secret(survey, tmp_path_factory):
    return lc.pseudonymise(survey, tmp_path_factory.mktemp("names") / "names.csv")


def fitted(survey):
    model = lc.CountModel(covariates=["tenure"])
    return lc.fit(model, survey, draws=200, seed=1, progress=False, engine="marginal")


@pytest.fixture(scope="module")
def written(survey, secret, tmp_path_factory):
    """Everything that the command line writes, and a factor model's file, under codes."""
    folder = tmp_path_factory.mktemp("written")
    fit = fitted(secret)
    write_results(ask(fit, rule=RAISED), folder, language="nl")
    factor = lc.fit(lc.FactorModel(ROOM), secret, draws=100, seed=1, progress=False)
    factor.save(folder / "factor.nc")
    named = tmp_path_factory.mktemp("named")
    fitted(survey).save(named / "fit.nc")
    return folder, named


def contents(folder):
    """Every file as bytes; those inside others, such as sheets and drawings, too."""
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        held = path.read_bytes()
        yield path.name, held
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as book:
                yield from ((f"{path.name}/{name}", book.read(name)) for name in book.namelist())
        if path.suffix == ".html":
            for drawing in re.findall(rb"base64,([A-Za-z0-9+/=]+)", held):
                yield f"{path.name}/drawing", base64.b64decode(drawing)


def arrays(path):
    """Every array of a file, and its name."""
    found = {}
    with h5py.File(path) as file:
        file.visititems(
            lambda name, one: (
                found.update({name: np.asarray(one[()])}) if isinstance(one, h5py.Dataset) else None
            )
        )
    return found


def found_in(folder, words):
    return [
        (name, word)
        for name, held in contents(folder)
        for word in words
        if word.encode() in held
        or word.encode("utf-16-le") in held
        or word.encode("utf-32-le") in held
    ]


def test_no_file_holds_what_one_respondent_said(written):
    for folder in written:
        assert found_in(folder, WORDS) == []
        for path in folder.glob("*.nc"):
            held = path.read_bytes()
            for number in NUMBERS:
                assert struct.pack("<d", number) not in held
                assert struct.pack("<f", number) not in held


def test_no_file_of_a_fit_holds_an_array_as_long_as_the_study_or_an_object(written, survey):
    numbers = np.array(sorted(NUMBERS))
    for folder in written:
        for path in folder.glob("*.nc"):
            for name, array in arrays(path).items():
                assert len(survey.frame) not in array.shape, name
                if array.dtype.kind == "O":
                    # Text of any length, and nothing that loading would have to run.
                    assert all(isinstance(one, bytes | str) for one in array.ravel()), name
                elif array.dtype.kind == "f":
                    near = np.abs(array.ravel()[:, None] - numbers).min(initial=np.inf)
                    assert not near < 1e-9, name
                    tenures = survey.frame["tenure"].to_numpy()
                    assert not np.isin(array, tenures).any(), name


def test_a_file_under_names_holds_no_hidden_team(written):
    _, named = written
    assert found_in(named, [*HIDDEN]) == []
    assert ("fit.nc", "Pimpernel") in found_in(named, ["Pimpernel"])


def test_nothing_written_under_pseudonyms_holds_a_name_or_the_table(written):
    folder, _ = written
    assert found_in(folder, [*TEAMS, *DEPARTMENTS]) == []
    assert any("T-" in held.decode("latin-1") for _, held in contents(folder))
    assert not [name for name, _ in contents(folder) if "names" in name]


def test_files_at_a_raised_minimum_hide_levels_that_the_default_shows(written):
    folder, named = written
    tables = [pd.read_csv(path) for path in (folder / "tables").iterdir()]
    tables += pd.read_excel(folder / "tables.xlsx", sheet_name=None).values()
    n_hidden = 0
    for table in tables:
        # A team's slope is told as of the whole scale; its number is one of teams.
        told = table[table["team"].isna()] if "team" in table else table
        texts = told.select_dtypes(["object", "string"]).astype(str)
        own = texts.apply(
            lambda row: any(level in " ".join(map(str, row)) for level in HIDDEN_LEVELS), axis=1
        )
        numbers = told[own.to_numpy(dtype=bool)].select_dtypes("number")
        assert numbers.isna().all(axis=None), numbers
        n_hidden += len(numbers)
    assert n_hidden > 5
    sizes = lc.load_fit(folder / "fit.nc").draws["constant_data"]["level_size"].to_numpy()
    assert np.isnan(sizes).tolist() == [True, True, False, False]
    page = (folder / "report.html").read_text(encoding="utf-8")
    rows = [re.sub(r"<[^>]+>", " ", row) for row in re.findall(r"<tr>.*?</tr>", page, re.DOTALL)]
    told = [row for row in rows if any(level in row for level in HIDDEN_LEVELS)]
    assert told
    assert not [row for row in told if re.search(r"\d", row)]
    # At the default minimum all levels are told.
    sizes = lc.load_fit(named / "fit.nc").draws["constant_data"]["level_size"].to_numpy()
    assert sizes[0] == 6


#: A process that has the file alone, and tells all it can of it.
ALONE = """
import sys, warnings
warnings.simplefilter("ignore")
import learnclimate as lc
fit = lc.load_fit(sys.argv[1])
print(fit, fit.summary(teams=True), fit.certificate, fit.provenance)
print(lc.expected_counts(fit, population="study"), lc.predicted_counts(fit, population="study"))
print(lc.predicted_counts(fit, population="new_team"), lc.team_effects(fit, "intercept"))
print(lc.rate_ratio(fit, "weekly", "monthly", population="average_team"))
lc.report(fit, sys.argv[2])
for ask in (
    lambda: lc.team_effects(fit, "Zephyrwijk"),
    lambda: lc.rank_teams(fit, top=1000),
    lambda: lc.posterior_predictive(fit),
    lambda: lc.expected_counts(fit, population={"team": ["Zephyrwijk"]}),
    lambda: fit.save(sys.argv[2] + ".nc", include_respondents=True),
    lambda: lc.rate_ratio(fit, "daily", "never", population="study"),
):
    try:
        ask()
    except lc.LearnClimateError as error:
        print("refused:", str(error).replace("Zephyrwijk", "what was asked"))
print("done", "pickle" in sys.modules and 0)
"""


def test_a_file_alone_predicts_and_reports_and_tells_no_name(written, survey, tmp_path):
    folder, _ = written
    alone = tmp_path / "alone"
    alone.mkdir()
    (alone / "fit.nc").write_bytes((folder / "fit.nc").read_bytes())
    command = [sys.executable, "-c", ALONE, str(alone / "fit.nc"), str(alone / "report.html")]
    told = subprocess.run(command, capture_output=True, text=True, check=True, cwd=alone)
    assert told.stdout.rstrip().endswith("done 0")
    assert told.stdout.count("refused:") >= 4
    for word in [*TEAMS, *DEPARTMENTS, *WORDS]:
        assert word not in told.stdout + told.stderr
    assert found_in(alone, [*TEAMS, *DEPARTMENTS, *WORDS]) == []
    # The same numbers as in the session that held the respondents.
    fit = lc.load_fit(alone / "fit.nc")
    kept = lc.expected_counts(fit, population="study").summary
    assert kept["mean"].notna().tolist() == [False, False, True, True]


def test_figures_and_errors_under_pseudonyms_tell_no_name(secret):
    fit = fitted(secret)
    told = []
    for figure in (
        lc.plots.team_effects(fit, effect="intercept"),
        lc.plots.team_shrinkage(fit, effect="intercept"),
        lc.plots.interview_selection(
            lc.select_teams(fit, "intercept", strong=2, typical=1, weak=2)
        ),
        lc.plots.agreement(lc.agreement(secret, ROOM, draws=100)),
    ):
        told += [text.get_text() for text in figure.findobj(lambda one: hasattr(one, "get_text"))]
    told += [
        repr(secret),
        secret._repr_html_(),
        str(secret.describe()),
        repr(fit),
        fit._repr_html_(),
    ]
    told += [str(lc.write_up(fit)), str(lc.check_fit(fit))]
    for question in (
        lambda: lc.expected_counts(fit, population=secret.frame.assign(team="T-0000")),
        lambda: lc.team_effects(fit, "teams"),
        lambda: lc.fit(lc.CountModel(covariates=["language"]), secret, progress=False),
    ):
        try:
            told.append(repr(question()))
        except lc.LearnClimateError as error:
            told.append(str(error))
    names = [*TEAMS, *DEPARTMENTS]
    assert [name for name in names for text in told if name in text] == []
    assert any("T-" in text for text in told)


def test_a_planted_row_is_found(written, tmp_path):
    """The search finds what it is for: the same fit, saved with its respondents."""
    fit = fitted(lc.read_survey(answers(), CODEBOOK))
    fit.save(tmp_path / "fit.nc", include_respondents=True)
    assert found_in(tmp_path, [*HIDDEN]) != []
    held = arrays(tmp_path / "fit.nc")
    near = {name for name, one in held.items() if one.dtype.kind == "f" and TENURE in one}
    assert near
