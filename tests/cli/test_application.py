import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

import learnclimate as lc
from kinds_fits import make_kinds_fit
from learnclimate.cli import study, writing
from learnclimate.cli.application import application
from learnclimate.cli.command_options import Coding, FamilyName
from learnclimate.cli.declared import model_for
from learnclimate.core.errors import LearnClimateWarning
from learnclimate.inference.store import load_fit, save_fit
from learnclimate.survey.codebook_toml import write_codebook

COMMANDS = sorted(
    command.name or command.callback.__name__ for command in application.registered_commands
)


def failed(result, code=2):
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    return result.stderr


def left_behind(folder, before):
    return sorted(path.name for path in folder.rglob("*") if path not in before)


def test_demo_tells_everything_and_writes_the_report(run, calls, tmp_path):
    result = run("demo")
    assert result.exit_code == 0, result.output
    words = " ".join(result.output.split())
    for part in (
        "never, yearly, quarterly, monthly, weekly",
        "17 rows of the source were left out",
        "conversation frequency not answered",
        "times as many learning activities",
        "90% interval",
        "among the 5 strongest",
        "passed all its own checks",
        "Written: report.html",
    ):
        assert part in words
    assert not re.search(r"\bbecause\b", words)
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_demo_reads_the_example_as_a_file_of_the_user(run, calls, example):
    run("demo", "--quiet")
    ((model, answers, options),) = calls
    assert answers.frame.equals(example.frame)
    assert model.team_effects == ("intercept", "frequency")
    assert (options["engine"], options["draws"], options["seed"]) == ("auto", 4000, 1)


def test_demo_writes_a_folder_where_asked(run, calls, tmp_path):
    assert run("demo", "--out", "all", "--quiet").exit_code == 0
    assert (tmp_path / "all" / "report.html").exists()
    assert (tmp_path / "all" / "fit.nc").exists()


def test_fit_writes_report_fit_and_tables(run, calls, files, tmp_path):
    before = set(tmp_path.rglob("*"))
    result = run("fit", files[0], "--codebook", files[1], "--out", "results", "--language", "nl")
    assert result.exit_code == 0, result.output
    assert "keer zoveel" in " ".join(result.output.split())
    assert left_behind(tmp_path, before) == sorted(
        [
            "results",
            "tables",
            "report.html",
            "fit.nc",
            "tables.xlsx",
            "write_up.txt",
            "references.bib",
            "rate_ratios.csv",
            "e_values.csv",
            "reporting_bias.csv",
            "variance_shares.csv",
            "expected_counts.csv",
            "team_effects.csv",
            "team_ranks.csv",
        ]
    )
    assert 'lang="nl"' in (tmp_path / "results/report.html").read_text(encoding="utf-8")
    assert load_fit(tmp_path / "results/fit.nc").design is None


def test_fit_hands_its_options_on(run, calls, files):
    result = run(
        *("fit", *files[:1], "-c", files[1], "-o", "results", "--engine", "nuts", "--draws", 200),
        *("--seed", 7, "--family", "poisson", "--coding", "unordered", "--quiet"),
    )
    assert result.exit_code == 0, result.output
    assert result.output == ""
    ((model, _, options),) = calls
    assert (model.family.name, model.frequency.name) == ("poisson", "unordered")
    assert (options["engine"], options["draws"], options["seed"]) == ("nuts", 200, 7)


def test_fit_hands_on_what_else_the_model_holds(monkeypatch):
    seen = []

    def kept(source, out, options, **others):
        del source, out, others
        seen.append(options)

    monkeypatch.setattr(writing, "study_to_folder", kept)
    asked = ("--moderator", "room", "--moderator", "size", "--interaction", "talk: meetings")
    asked += ("--between", "latent", "--department-effect", "intercept")
    result = CliRunner().invoke(application, ["fit", "a.csv", "-c", "b.toml", "-o", "c", *asked])
    assert result.exit_code == 0, result.output
    book = lc.Codebook(
        outcome="n",
        team="team",
        frequency=("talk", "meetings"),
        frequency_levels={"talk": ("no", "yes"), "meetings": ("no", "yes")},
    )
    model = model_for(book, seen[0])
    assert model.moderators == ("room", "size")
    assert model.interactions == (("talk", "meetings"),)
    assert (model.between, model.department_effects) == ("latent", ("intercept",))
    assert model.missing_frequency == "leave_out"


def test_a_pair_that_is_none_is_refused(run, calls, files):
    call = ("fit", *files[:1], "-c", files[1], "-o", "results", "--interaction", "talk")
    assert "--interaction talk:meetings" in failed(run(*call))
    assert calls == []


def test_respondents_who_left_the_frequency_open_can_be_summed_out(run, calls, files):
    call = ("fit", *files[:1], "-c", files[1], "-o", "results", "--missing-frequency", "sum-out")
    result = run(*call, "--quiet")
    assert result.exit_code == 0, result.output
    assert calls[0][0].missing_frequency == "sum_out"


def test_a_raised_minimum_is_obeyed_in_every_file(run, calls, files, survey, tmp_path):
    sizes = survey.frame["team"].value_counts()
    minimum = int(sizes.median()) + 1
    small = sizes.index[sizes < minimum].astype(str).tolist()
    assert small
    run("fit", files[0], "-c", files[1], "-o", "results", "--minimum-group", minimum)
    told = (tmp_path / "results/report.html").read_text(encoding="utf-8")
    told += (tmp_path / "results/tables/team_effects.csv").read_text(encoding="utf-8")
    told += (tmp_path / "results/tables/team_ranks.csv").read_text(encoding="utf-8")
    kept = load_fit(tmp_path / "results/fit.nc").draws["constant_data"]["team"].to_numpy().tolist()
    for team in small:
        assert not re.search(rf"\b{team}\b", told)
        assert team not in kept


def test_a_lower_minimum_needs_a_reason(run, calls, files, tmp_path):
    call = ("fit", files[0], "-c", files[1], "-o", "results", "--minimum-group", 3)
    said = failed(run(*call))
    assert "say why it is allowed: --minimum-group 3 --reason 'public data'" in said
    assert "DisclosureRule" not in said
    assert run(*call, "--reason", "public data").exit_code == 0
    assert "public data" in (tmp_path / "results/report.html").read_text(encoding="utf-8")


def test_results_join_what_is_in_the_folder(run, calls, files, tmp_path):
    folder = tmp_path / "results"
    folder.mkdir()
    (folder / "notes.txt").write_text("mine")
    (folder / "report.html").write_text("old")
    assert run("fit", files[0], "-c", files[1], "-o", folder).exit_code == 0
    assert (folder / "notes.txt").read_text() == "mine"
    assert "<!DOCTYPE html>" in (folder / "report.html").read_text(encoding="utf-8")


def test_a_study_without_frequency_is_fitted(run, files, survey, tmp_path, monkeypatch):
    text = files[1].read_text(encoding="utf-8")
    text = re.sub(r"^frequency = .*$", "", text, flags=re.MULTILINE)
    text = re.sub(r"\[frequency_levels\]\ntalk = .*\n", "", text)
    files[1].write_text(text, encoding="utf-8")
    seen = []

    def fitted(model, answers, **options):
        seen.append(model)
        raise KeyboardInterrupt

    monkeypatch.setattr(study, "fit", fitted)
    run("fit", files[0], "-c", files[1], "-o", "results")
    assert seen[0].team_effects == ("intercept",)


def test_init_writes_a_codebook_that_can_be_read(run, tmp_path):
    from learnclimate.survey.codebook import Codebook

    result = run("init", "my.toml", "--template", "stimuli")
    assert result.exit_code == 0, result.output
    assert len(Codebook.from_toml(tmp_path / "my.toml").scales) == 3
    assert "learnclimate fit" in result.output


def test_init_replaces_nothing_unless_forced(run, tmp_path):
    (tmp_path / "study.toml").write_text("mine")
    assert "--force" in failed(run("init"))
    assert (tmp_path / "study.toml").read_text() == "mine"
    assert run("init", "--force").exit_code == 0
    assert "outcome" in (tmp_path / "study.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("forced", [(), ("--force",)])
def test_init_leaves_the_file_with_the_answers_alone(run, tmp_path, forced):
    answers = tmp_path / "enquête 2026.csv"
    answers.write_text("team;aantal\nA;3\n", encoding="utf-8")
    assert "learnclimate init study.toml" in failed(run("init", answers.name, *forced))
    assert answers.read_text(encoding="utf-8") == "team;aantal\nA;3\n"


def test_report_tells_a_saved_fit(run, synthetic_fit, tmp_path):
    save_fit(synthetic_fit, tmp_path / "fit.nc")
    result = run("report", "fit.nc", "--out", "again.html", "--language", "nl")
    assert result.exit_code == 0, result.output
    assert "Geschreven: again.html" in result.output
    assert "Het antwoord" in (tmp_path / "again.html").read_text(encoding="utf-8")


def test_of_a_joint_model_its_count_is_told(run, tmp_path):
    stored = Path(__file__).parents[2] / "docs/designs/scripts/joint.nc"
    told = run("report", str(stored), "--out", "joint.html")
    assert told.exit_code == 0, told.output
    assert "This is about its count" in " ".join(told.output.split())
    assert "The answer" in (tmp_path / "joint.html").read_text(encoding="utf-8")
    checked = run("check", str(stored), "--language", "nl")
    assert "Dit gaat over het aantal" in " ".join(checked.output.split())


@pytest.mark.parametrize(
    ("language", "parts"),
    [
        (
            "en",
            (
                "Not checked here: whether the model reproduces",
                "(sheet ‘checks’, in Dutch ‘controles’)",
            ),
        ),
        (
            "nl",
            (
                "Hier niet nagegaan: of het model",
                "(blad ‘controles’, in het Engels ‘checks’)",
            ),
        ),
    ],
)
def test_the_report_of_a_saved_fit_says_where_its_checks_stand(
    run, synthetic_fit, tmp_path, language, parts
):
    save_fit(synthetic_fit, tmp_path / "fit.nc")
    assert run("report", "fit.nc", "--language", language).exit_code == 0
    page = " ".join((tmp_path / "report.html").read_text(encoding="utf-8").split())
    assert all(part in page for part in parts)


def test_check_tells_the_verdicts_of_a_saved_fit(run, synthetic_fit, files, tmp_path):
    save_fit(synthetic_fit, tmp_path / "fit.nc")
    alone = run("check", "fit.nc")
    assert alone.exit_code == 0, alone.output
    assert "Not checked here" in alone.output
    told = run("check", "fit.nc", "--responses", files[0], "--language", "nl")
    assert told.exit_code == 0, told.output
    words = " ".join(told.output.split())
    assert "Het model geeft de antwoorden goed genoeg weer" in words
    assert "verschillen tussen teams" in words


def test_check_ends_with_1_where_a_check_is_bad(run, synthetic_fit, tmp_path):
    design = synthetic_fit.design
    wrong = replace(synthetic_fit, design=replace(design, outcome=design.outcome + 5))
    save_fit(wrong, tmp_path / "fit.nc", include_respondents=True)
    told = run("check", "fit.nc")
    assert told.exit_code == 1, told.output
    assert "bad" in told.output
    missing = run("check", "fit.nc", "--responses", "nowhere.csv")
    assert missing.exit_code == 2
    assert "There is no file nowhere.csv" in missing.output


def test_describe_reads_without_fitting(run, calls, files):
    result = run("describe", files[0], "--codebook", files[1])
    assert result.exit_code == 0, result.output
    assert "24 teams" in result.output
    assert calls == []


def test_a_sheet_is_read_by_name(run, calls, survey, files, tmp_path):
    with pd.ExcelWriter(tmp_path / "study.xlsx") as writer:
        pd.DataFrame({"note": ["read me"]}).to_excel(writer, sheet_name="Notes", index=False)
        survey.frame.to_excel(writer, sheet_name="Answers", index=False)
    arguments = ("study.xlsx", "-c", files[1], "--sheet", "Answers")
    told = run("describe", *arguments)
    assert told.exit_code == 0, told.output
    assert "24 teams" in told.output
    assert run("fit", *arguments, "-o", "results").exit_code == 0
    assert [len(answers.frame) for _, answers, _ in calls] == [len(survey.frame)]
    wrong = failed(run("describe", "study.xlsx", "-c", files[1], "--sheet", "Answer"))
    assert "Did you mean 'Answers'?" in wrong
    assert "only Excel files" in failed(run("describe", files[0], "-c", files[1], "--sheet", "A"))


def test_pseudonyms_stand_in_every_file_and_their_table_apart(run, calls, files, survey, tmp_path):
    call = ("fit", files[0], "-c", files[1], "-o", "results", "--pseudonyms")
    assert "outside of --out" in failed(run(*call, "results/names.csv"))
    assert not calls
    result = run(*call, "names.csv")
    assert result.exit_code == 0
    table = pd.read_csv(tmp_path / "names.csv")
    report = (tmp_path / "results" / "report.html").read_text(encoding="utf-8")
    told = [result.output, report]
    told += [path.read_text() for path in sorted((tmp_path / "results" / "tables").iterdir())]
    told.append(str(load_fit(tmp_path / "results" / "fit.nc").draws["posterior"]["team"].values))
    for text in told:
        assert not [name for name in table["name"] if re.search(rf"\b{name}\b", text)]
    assert "replaced by codes drawn by chance" in report
    assert any(code in report for code in table["pseudonym"])


def test_cite_and_version(run):
    assert "learnclimate developers" in run("cite").output
    assert run("cite", "--bibtex").output.startswith("@software{")
    assert re.match(r"learnclimate \d", run("version").output)
    told = run("--version")
    assert re.fullmatch(r"learnclimate [\d.]+\w*\n", told.output)
    assert told.exit_code == 0


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(run, command):
    result = run(command, "--help")
    assert result.exit_code == 0
    assert f"Example: learnclimate {command}" in " ".join(result.output.split())


def test_no_option_and_no_choice_is_cut_in_a_narrow_terminal(run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    told = run("fit", "--help").output
    assert "…" not in told
    for name in ("--department-effect", "--missing-frequency", *FamilyName, *Coding):
        assert name in told


def test_the_main_help_has_an_example(run):
    assert "Example: learnclimate demo" in " ".join(run("--help").output.split())


# Bad input: one clear line, exit code 2, nothing half-written, and no fit before it is known.


def test_a_missing_file_of_answers(run, calls, files, tmp_path):
    before = set(tmp_path.rglob("*"))
    told = failed(run("fit", "respones.csv", "-c", files[1], "-o", "results"))
    assert told.startswith("Error: There is no file respones.csv")
    assert told.count("\n") == 1
    assert left_behind(tmp_path, before) == []


def test_a_missing_codebook(run, calls, files, tmp_path):
    before = set(tmp_path.rglob("*"))
    told = failed(run("fit", files[0], "-c", "missing.toml", "-o", "results"))
    assert "There is no codebook at missing.toml" in told
    assert "learnclimate init" in told
    assert left_behind(tmp_path, before) == []


def test_a_misspelt_column_is_suggested(run, calls, files):
    text = files[1].read_text(encoding="utf-8")
    files[1].write_text(text.replace('outcome = "activities"', 'outcome = "activites"'))
    told = failed(run("fit", files[0], "-c", files[1], "-o", "results"))
    assert "'activites'" in told
    assert "Did you mean 'activities'?" in told
    assert calls == []


def test_a_misspelt_level_is_suggested(run, calls, files):
    text = files[1].read_text(encoding="utf-8")
    files[1].write_text(text.replace('"weekly"', '"wekly"'), encoding="utf-8")
    told = failed(run("fit", files[0], "-c", files[1], "-o", "results"))
    assert "'weekly'" in told
    assert "Did you mean 'wekly'?" in told
    assert calls == []


@pytest.mark.parametrize(
    "call",
    [
        ("demo", "--out", "missing/report.html"),
        ("demo", "--out", "missing/results"),
        ("demo", "--out", "taken/results"),
        ("report", "fit.nc", "--out", "missing/report.html"),
        ("report", "fit.nc", "--out", "folder"),
    ],
)
def test_a_path_that_cannot_be_written_is_known_before_the_fit(run, calls, call, tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "taken").write_text("a file")
    before = set(tmp_path.rglob("*"))
    told = failed(run(*call))
    assert call[-1].partition("/")[0] in told
    assert calls == []
    assert left_behind(tmp_path, before) == []


@pytest.mark.parametrize("call", [("demo",), ("report", "fit.nc")])
def test_a_page_of_others_is_not_replaced_unless_forced(run, calls, synthetic_fit, tmp_path, call):
    save_fit(synthetic_fit, tmp_path / "fit.nc")
    page = tmp_path / "report.html"
    page.write_text("<html>mine</html>")
    assert "--force" in failed(run(*call))
    assert calls == []
    assert page.read_text() == "<html>mine</html>"
    assert run(*call, "--force", "--quiet").exit_code == 0
    first = page.read_text(encoding="utf-8")
    assert "<!DOCTYPE html>" in first
    # A report of our own is replaced, as often as one likes.
    assert run(*call, "--quiet").exit_code == 0


def test_a_file_in_the_place_of_the_results(run, calls, files):
    told = failed(run("fit", files[0], "-c", files[1], "-o", files[0]))
    assert "is a file" in told
    assert calls == []


def test_a_file_that_is_no_fit(run, files, tmp_path):
    before = set(tmp_path.rglob("*"))
    assert "is not a fit" in failed(run("report", files[0]))
    assert left_behind(tmp_path, before) == []


@pytest.mark.parametrize(
    "call",
    [
        ("fit",),
        ("fit", "a.csv", "-c", "b.toml", "-o", "c", "--engine", "stan"),
        ("demo", "--language", "fr"),
        ("demo", "--draws", "10"),
        ("nonsense",),
    ],
)
def test_wrong_calls_are_refused(run, calls, call):
    failed(run(*call))
    assert calls == []


def test_nothing_is_written_when_the_report_fails(run, calls, files, tmp_path, monkeypatch):
    from learnclimate.cli import results
    from learnclimate.core.errors import FitError

    def broken(answers, *, language):
        raise FitError("A quantity has no value.")

    monkeypatch.setattr(results, "report_html", broken)
    before = set(tmp_path.rglob("*"))
    assert "no value" in failed(run("fit", files[0], "-c", files[1], "-o", "results"))
    assert left_behind(tmp_path, before) == []


def test_an_interrupt_ends_quietly(run, files, tmp_path, monkeypatch):
    def interrupted(*given, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(study, "fit", interrupted)
    before = set(tmp_path.rglob("*"))
    told = failed(run("fit", files[0], "-c", files[1], "-o", "results"), code=130)
    assert "Nothing was written" in told
    assert left_behind(tmp_path, before) == []


def test_our_warnings_are_told_in_a_line(run, calls, monkeypatch):
    import warnings

    made = study.fit

    def warned(*given, **options):
        warnings.warn("Sampled with NUTS.", LearnClimateWarning, stacklevel=2)
        return made(*given, **options)

    monkeypatch.setattr(study, "fit", warned)
    assert "Note: Sampled with NUTS." in run("demo", "--quiet").stderr


def test_help_and_wrong_calls_load_nothing_heavy(files, tmp_path):
    text = files[1].read_text(encoding="utf-8")
    misspelt = tmp_path / "misspelt.toml"
    misspelt.write_text(text.replace('outcome = "activities"', 'outcome = "activites"'))
    out = str(tmp_path / "out")
    code = (
        "import sys\n"
        "from learnclimate.cli import main\n"
        "sys.argv = ['learnclimate', *sys.argv[1:]]\n"
        "try:\n    main()\nexcept SystemExit as stop:\n    code = stop.code\n"
        "heavy = {'pymc', 'pytensor', 'matplotlib', 'nutpie', 'arviz', 'scipy', 'pandas'}\n"
        "heavy &= set(sys.modules)\n"
        "print('LOADED', sorted(heavy), 'CODE', code)\n"
    )
    for arguments, expected in (
        (["fit", "--help"], 0),
        (["fit"], 2),
        (["fit", "none.csv", "-c", "none.toml", "-o", out], 2),
        (["fit", str(files[0]), "-c", str(misspelt), "-o", out], 2),
    ):
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments],
            check=False,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert f"LOADED [] CODE {expected}" in done.stdout


def test_a_study_that_cannot_be_fitted_is_refused_before_what_fits_is_loaded(tmp_path):
    (tmp_path / "one.csv").write_text("n,team\n" + "1,a\n2,a\n" * 5, encoding="utf-8")
    (tmp_path / "one.toml").write_text('outcome = "n"\nteam = "team"\n', encoding="utf-8")
    code = (
        "import sys\n"
        "from learnclimate.cli import main\n"
        "sys.argv = ['learnclimate', 'fit', 'one.csv', '-c', 'one.toml', '-o', 'out']\n"
        "try:\n    main()\nexcept SystemExit as stop:\n    code = stop.code\n"
        "heavy = {'scipy', 'xarray', 'numba', 'matplotlib'} & set(sys.modules)\n"
        "print('LOADED', sorted(heavy), 'CODE', code)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
        cwd=tmp_path,
    )
    assert "all respondents are in one team" in done.stderr
    assert "LOADED [] CODE 2" in done.stdout


def test_the_package_runs_as_a_module():
    done = subprocess.run(
        [sys.executable, "-m", "learnclimate", "cite"],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0
    assert "learnclimate developers" in done.stdout


@pytest.mark.slow
def test_a_true_run_covers_the_truth(run, tmp_path):
    result = run("demo", "--out", "all", "--draws", 1000)
    assert result.exit_code == 0, result.output
    import pandas as pd

    ratios = pd.read_csv(tmp_path / "all/tables/rate_ratios.csv")
    last = ratios.iloc[-1]
    assert last["lower"] < 3.8 < last["upper"]


@pytest.fixture
def kinds_files(tmp_path, monkeypatch):
    """A study of several kinds in files, and a fit of it made by hand."""
    survey = lc.simulate_survey(n_teams=12, team_size=10, truth=lc.KindsTruth(), seed=1)
    responses, codebook = tmp_path / "kinds.csv", tmp_path / "kinds.toml"
    survey.frame.drop(columns="activities").to_csv(responses, index=False)
    write_codebook(survey.codebook, codebook)
    made = []

    def fitted(model, answers, **_):
        made.append(model)
        return make_kinds_fit(replace(answers, truth=survey.truth), model, n_draws=25)

    monkeypatch.setattr(study, "fit", fitted)
    return responses, codebook, made


def test_a_study_of_several_kinds_is_fitted_told_and_told_again(run, kinds_files, tmp_path):
    responses, codebook, made = kinds_files
    result = run("fit", responses, "-c", codebook, "-o", "results", "--no-pooled")
    assert result.exit_code == 0, result.output
    assert made == [lc.KindsModel(pooled=False)]
    words = " ".join(result.output.split())
    for part in (
        "Over the 3 kinds",
        "By kind, that ratio is",
        "All kinds together",
        "kinds together",
    ):
        assert part in words
    tables = {path.stem for path in (tmp_path / "results" / "tables").iterdir()}
    assert {"kind_comparison", "rate_ratios", "team_ranks"} <= tables
    fit = tmp_path / "results" / "fit.nc"
    told = run("report", fit, "--out", "again.html", "-l", "nl")
    assert told.exit_code == 0, told.output
    assert "Over de 3 soorten" in (tmp_path / "again.html").read_text(encoding="utf-8")
    assert run("check", fit).exit_code == 0


def test_results_are_written_without_a_fit_that_would_tell_of_a_few(run, kinds_files, tmp_path):
    responses, codebook, _ = kinds_files
    frame = pd.read_csv(responses)
    rare = frame.index[frame["talk"] == "weekly"][3:]
    frame.loc[rare, "talk"] = "monthly"
    frame.to_csv(responses, index=False)
    result = run("fit", responses, "-c", codebook, "-o", "results")
    assert result.exit_code == 0, result.output
    assert "The fit itself was not written" in " ".join(result.output.split())
    assert not (tmp_path / "results" / "fit.nc").exists()
    assert (tmp_path / "results" / "report.html").exists()


def test_options_of_a_single_count_are_refused_for_several_kinds(run, kinds_files, files):
    responses, codebook, _ = kinds_files
    for option in (("--family", "poisson"), ("--between", "latent"), ("--coding", "unordered")):
        result = run("fit", responses, "-c", codebook, "-o", "results", *option)
        assert option[0] in failed(result)
    single = run("fit", files[0], "-c", files[1], "-o", "results", "--no-pooled")
    assert "single count" in failed(single)


def test_how_many_were_asked_is_told_by_a_number_a_file_or_a_column(run, files, survey, tmp_path):
    responses, codebook = files
    sizes = survey.people_by_team()
    frame = pd.read_csv(responses)
    frame["team size"] = frame["team"].map(sizes) + 2
    frame.to_csv(responses, index=False)
    rows = [f"{team};{n + 2}" for team, n in sizes.items()]
    (tmp_path / "asked.csv").write_text("\n".join(["team;people", *rows, "Stil;9"]))
    asked = sum(sizes.values()) + 2 * len(sizes)
    for given, total in (("500", 500), ("asked.csv", asked + 9), ("team size", asked)):
        result = run("describe", responses, "-c", codebook, "--invited", given)
        assert result.exit_code == 0, result.output
        (line,) = re.findall(r"Response\n.*\n *(\d+) ", result.output)
        assert int(line) == total


def test_a_fit_is_told_how_many_were_asked(run, calls, files):
    responses, codebook = files
    run("fit", responses, "-c", codebook, "-o", "out", "--invited", "500", "--quiet")
    assert calls[0][1].invited.total == 500


def test_a_wrong_file_of_who_were_asked_is_one_line(run, files, tmp_path):
    responses, codebook = files
    for text, told in (
        ("team,people,more\na,1,2", "give a file of two columns"),
        ("team,people\na,1\na,2", "team 'a' stands there twice"),
        ("team,people\nnobody,12", "invited has no number for team"),
        ("team,people\nT01,many", "is no whole number"),
    ):
        (tmp_path / "asked.csv").write_text(text)
        result = run("describe", responses, "-c", codebook, "--invited", "asked.csv")
        assert told in failed(result)
    result = run("describe", responses, "-c", codebook, "--invited", "none.csv")
    assert "there is no file none.csv" in failed(result)
