import re
from dataclasses import replace

import openpyxl
import pandas as pd
import pytest

import learnclimate as lc
from kinds_fits import make_kinds_fit
from learnclimate.cli import results as written
from learnclimate.core.result import RESULT_COLUMNS
from learnclimate.disclosure.response import Invited
from learnclimate.reporting import workbook
from learnclimate.reporting.answers import ask
from learnclimate.reporting.workbook import result_tables, workbook_sheets, write_workbook


def test_every_result_is_in_a_sheet(answers, tmp_path):
    path = tmp_path / "tables.xlsx"
    write_workbook(answers, path)
    sheets = pd.read_excel(path, sheet_name=None)
    assert list(sheets) == [
        *("expected_counts", "rate_ratios", "e_values", "reporting_bias"),
        *("variance_shares",),
        *("team_effects", "team_ranks"),
        *("checks", "computation", "team_sizes", "left_out", "priors", "origin", "notes"),
    ]
    certificate = answers.fit.certificate
    assert sheets["computation"]["name"].tolist() == [one.name for one in certificate.checks]
    assert sheets["team_sizes"]["teams"].sum() == answers.fit.provenance.n_teams
    assert tuple(sheets["rate_ratios"].columns) == ("about", *RESULT_COLUMNS)
    exact = answers.frequencies[0].ratio.median
    assert abs(sheets["rate_ratios"]["median"].iloc[-1] - exact) < 1e-9
    assert [path.name for path in tmp_path.iterdir()] == ["tables.xlsx"]


ENGLISH = re.compile(
    r"\b(the|and|count|counts|ratio|rate|team effect|rank|good|study|expected|share|vs|"
    r"version|asked|rows|what|fewer)\b"
)


def in_dutch(answers):
    """Every heading and every word of a Dutch workbook that is not the user's or a name."""
    for name, table in workbook_sheets(answers, language="nl").items():
        yield name, name
        for column in table.columns:
            yield name, column
            is_own = column in ("prior", "parameter", "geldt voor", "waarde")
            if not is_own and not pd.api.types.is_numeric_dtype(table[column]):
                yield from ((name, str(cell)) for cell in table[column] if cell is not None)


def test_a_dutch_workbook_has_no_english_word(answers, no_frequency_fit, small_team_answers):
    for told in (answers, small_team_answers, ask(no_frequency_fit)):
        words = list(in_dutch(told))
        assert len(words) > 100
        assert [one for one in words if ENGLISH.search(one[1].replace("_", " "))] == []


def test_a_dutch_workbook_of_kinds_has_no_english_word():
    survey = lc.simulate_survey(n_teams=12, team_size=10, truth=lc.KindsTruth(), seed=1)
    words = list(in_dutch(ask(make_kinds_fit(survey, n_draws=20))))
    assert {"soorten_vergeleken", "controles_per_soort"} <= {sheet for sheet, _ in words}
    assert [one for one in words if ENGLISH.search(one[1].replace("_", " "))] == []


def test_a_dutch_workbook_tells_the_figures_of_the_english_one(answers, tmp_path):
    both = [workbook_sheets(answers, language=language) for language in ("en", "nl")]
    assert len(both[0]) == len(both[1])
    for (_, english), (_, dutch) in zip(*(one.items() for one in both), strict=True):
        assert english.shape == dutch.shape
        pd.testing.assert_frame_equal(
            english.select_dtypes("number"),
            dutch.select_dtypes("number").set_axis(english.select_dtypes("number").columns, axis=1),
        )
    write_workbook(answers, tmp_path / "tabellen.xlsx", language="nl")
    assert openpyxl.load_workbook(tmp_path / "tabellen.xlsx").sheetnames == list(both[1])
    assert all(len(name) <= 31 for name in both[1])
    frame = both[1]["verhoudingen"]
    assert frame["vergelijking"].iloc[-1] == "weekly tegenover never"
    assert frame["grootheid"].unique().tolist() == ["verhouding"]


def test_every_word_of_the_results_has_a_dutch_one():
    from learnclimate.estimands import wording
    from learnclimate.reporting import workbook_words as words

    assert set(words._NOTES["en"]) == set(words._NOTES["nl"])
    assert {*words._NOTES["en"], "notes"} == set(words._SHEETS_NL)
    assert list(words._COLUMNS_TOLD["en"]) == list(words._COLUMNS_TOLD["nl"])
    assert set(RESULT_COLUMNS) <= set(words._HEADINGS_NL)
    told = words._CELLS_NL
    assert set(wording.POPULATIONS) == set(told["population"])
    for estimand in told["estimand"]:
        assert wording.SCALES.get(estimand, "rank") in {*told["scale"], "rank"}


@pytest.mark.parametrize("language", ["en", "nl"])
def test_response_has_a_sheet_where_it_is_known(answers, language):
    fit = answers.fit
    sizes = dict(zip(fit.design.teams, fit.design.team_sizes, strict=True))
    asked = tuple((str(team), int(size) + 5) for team, size in sizes.items())
    invited = Invited(sum(n for _, n in asked), asked)
    told = replace(answers, fit=replace(fit, provenance=replace(fit.provenance, invited=invited)))
    sheets = workbook_sheets(told, language=language)
    whole, *teams = sheets[{"en": "response", "nl": "respons"}[language]].to_numpy().tolist()
    assert whole[1:] == [invited.total, 239, 239 / invited.total]
    assert {team: [asked, there] for team, asked, there, _ in teams} == {
        team: [size + 5, size] for team, size in sizes.items()
    }


def test_the_file_says_what_it_is_and_what_wrote_it(answers, tmp_path):
    path = tmp_path / "tables.xlsx"
    write_workbook(answers, path)
    told = openpyxl.load_workbook(path).properties
    assert told.title == f"learnclimate: {answers.fit.provenance.source}"
    assert told.creator.startswith("learnclimate ")


def test_rows_left_out_are_told_by_reason_and_few_together(answers):
    reasons = (("talk", "frequency not answered", 9), ("team", "team not answered", 2))
    fit = answers.fit
    fit = replace(fit, provenance=replace(fit.provenance, left_out=reasons))
    (row,) = workbook_sheets(replace(answers, fit=fit))["left_out"].itertuples(index=False)
    assert row.rows == 11
    assert "talk" in row.column
    assert "team" in row.column


def test_few_rows_left_out_are_no_number_but_a_word(answers, tmp_path):
    few = replace(answers.fit.provenance, left_out=(("talk", "refused", 3),), n_left_out=3)
    none = replace(few, left_out=(), n_left_out=0)
    sheets = [
        workbook_sheets(replace(answers, fit=replace(answers.fit, provenance=told)))["left_out"]
        for told in (few, none)
    ]
    assert sheets[0]["rows"].tolist() == ["fewer than 5"]
    assert sheets[1].empty


def test_numbers_are_numbers_shown_short_and_columns_fit_what_they_show(answers, tmp_path):
    import openpyxl

    path = tmp_path / "tables.xlsx"
    fit = answers.fit
    reasons = (("talk", "frequency not answered", 9),)
    told = replace(fit.provenance, left_out=reasons, n_left_out=9)
    write_workbook(replace(answers, fit=replace(fit, provenance=told)), path)
    book = openpyxl.load_workbook(path)
    assert book["left_out"]["C2"].data_type == "n"
    assert book["rate_ratios"]["G2"].number_format == "0.000"
    named = [row[1].value for row in book["notes"].iter_rows(min_row=2)]
    assert named[: len(book.sheetnames) - 1] == book.sheetnames[:-1]
    for sheet in book:
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref == sheet.dimensions
        for cell in sheet[1]:
            assert cell.font.bold
            assert len(cell.value) < sheet.column_dimensions[cell.column_letter].width <= 60


def test_small_teams_are_in_no_sheet(small_team_answers, small_teams):
    for table in workbook_sheets(small_team_answers).values():
        text = table.to_csv()
        for team in small_teams:
            assert not re.search(rf"\b{team}\b", text)


def test_tables_name_the_frequency(two_frequencies_fit):
    from learnclimate.reporting.answers import ask

    tables = result_tables(ask(two_frequencies_fit))
    assert set(tables["rate_ratios"]["about"]) == {"talk", "meet"}
    assert set(tables["team_effects"]["about"]) == {"talk", "meet", "intercept"}


def test_sheet_names_fit_excel(answers):
    assert all(len(name) <= 31 for name in workbook_sheets(answers))


FORMULAS = ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1+1", "#N/A"]


@pytest.fixture
def formula_teams(monkeypatch):
    """Teams with names that a spreadsheet takes for formulas."""

    def named(answers):
        tables = result_tables(answers)
        teams = tables["team_ranks"].head(len(FORMULAS))
        return tables | {"team_ranks": teams.assign(team=FORMULAS)}

    monkeypatch.setattr(workbook, "result_tables", named)
    monkeypatch.setattr(written, "result_tables", named)


def test_names_are_no_formulas_in_the_workbook(answers, formula_teams, tmp_path):
    write_workbook(answers, tmp_path / "tables.xlsx")
    sheets = openpyxl.load_workbook(tmp_path / "tables.xlsx")
    cells = [cell for sheet in sheets for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} & {"f", "e"} == set()
    named = {cell.value: cell.quotePrefix for cell in cells if cell.value in FORMULAS}
    assert named == dict.fromkeys(FORMULAS, True)


def test_names_are_no_formulas_in_text_files(answers, formula_teams, tmp_path):
    written.write_results(answers, tmp_path, language="en")
    teams = pd.read_csv(tmp_path / "tables" / "team_ranks.csv", keep_default_na=False)["team"]
    assert teams.tolist() == [*(f"'{name}" for name in FORMULAS[:5]), "#N/A"]


def test_figures_of_the_certificate_have_the_digits_of_a_saved_fit(synthetic_fit):
    checks = (replace(synthetic_fit.certificate.checks[0], value=0.123456789),)
    fit = replace(synthetic_fit, certificate=replace(synthetic_fit.certificate, checks=checks))
    assert workbook_sheets(ask(fit))["computation"]["value"].tolist() == [0.123]
