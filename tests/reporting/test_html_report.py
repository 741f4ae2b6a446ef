import base64
import re
from html.parser import HTMLParser

import pytest

from learnclimate.core.errors import ArgumentError, ArgumentTypeError, FileError
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.inference.store import load_fit
from learnclimate.reporting.answers import ask
from learnclimate.reporting.html_report import report, report_html
from learnclimate.reporting.language import LANGUAGES, texts

VOID = {"meta", "img", "br", "link", "hr", "input"}


class Reader(HTMLParser):
    """Gathers what the tests look at, and refuses tags that do not close."""

    def __init__(self):
        super().__init__()
        self.tags, self.open, self.text, self.headings = [], [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))

    def handle_endtag(self, tag):
        assert self.open, tag
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not self.open or self.open[-1] not in ("style", "script"):
            self.text.append(data)

    def of(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]

    @property
    def words(self):
        return " ".join(" ".join(self.text).split())


def read(html):
    reader = Reader()
    reader.feed(html)
    assert reader.open == []
    return reader


@pytest.fixture(scope="module", params=LANGUAGES)
def told(request, answers):
    html = report_html(answers, language=request.param)
    return request.param, html, read(html)


def test_nothing_is_loaded_from_elsewhere(told):
    _, html, reader = told
    for tag, attributes in reader.tags:
        for name in ("src", "srcset", "data", "poster", "action"):
            assert attributes.get(name, "data:").startswith("data:"), (tag, name)
        if tag != "a":
            assert "href" not in attributes
    assert not reader.of("script")
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL)[1]
    assert "@import" not in style
    assert "url(" not in style


def test_drawings_load_nothing_either(told):
    _, _, reader = told
    images = reader.of("img")
    assert len(images) == 3
    for image in images:
        drawing = base64.b64decode(image["src"].partition(",")[2]).decode()
        assert not re.search(r"(href|src)=\"(?!#)", drawing)


def test_every_figure_has_a_text_and_a_caption(told):
    language, _, reader = told
    for image in reader.of("img"):
        assert len(image["alt"]) > 40
    assert len(reader.of("figcaption")) == len(reader.of("img"))
    decimal = {"en": r"\d\.\d", "nl": r"\d,\d"}[language]
    assert re.search(decimal, reader.of("img")[0]["alt"])


def test_notes_of_figures_are_text_of_the_page(answers):
    """Letters in a drawing shrink with it; a note must not."""
    from learnclimate.plots import rootogram
    from learnclimate.reporting.figures import picture

    figure = rootogram(answers.fit, language="nl")
    note = " ".join(figure.get_supxlabel().split())
    drawn = picture(figure, alternative="a", caption="c")
    assert drawn.note == note
    assert note
    assert figure.get_supxlabel() == ""
    assert note in report_html(answers, language="nl")


def test_tables_that_a_phone_lays_out_anew_stay_tables_to_a_screen_reader(told):
    _, html, _ = told
    stacked = re.findall(r'<table class="[^"]*stacked".*?</table>', html, re.DOTALL)
    # Checks of the model, checks of the computation, priors.
    assert len(stacked) == 3
    wanted = {"table": "table", "thead": "rowgroup", "tbody": "rowgroup", "tr": "row", "td": "cell"}
    for table in stacked:
        for tag, attributes in read(table).tags:
            if tag in wanted:
                assert attributes.get("role") == wanted[tag], tag
            if tag == "th":
                assert (
                    attributes["role"]
                    == {"col": "columnheader", "row": "rowheader"}[attributes["scope"]]
                )


def test_headings_are_in_order(told):
    _, _, reader = told
    assert reader.headings[0] == 1
    assert reader.headings.count(1) == 1
    for before, after in zip(reader.headings, reader.headings[1:], strict=False):
        assert after <= before + 1


def test_sections_stand_in_the_order_that_is_promised(told):
    _, html, reader = told
    order = [attributes["id"] for tag, attributes in reader.tags if tag == "h2"]
    assert order == [
        "question",
        "who",
        "answer",
        "teams",
        "checks",
        "method",
        "limits",
        "appendix",
    ]
    # The answer in a sentence stands above all of them too, for who reads no further.
    headline = re.search(r'<div class="answer">\s*<p>(.*?)</p>', html)[1]
    assert f"<p>{headline}</p>" in html[: html.index('<h2 id="question">')]


def test_who_answered_says_that_the_number_asked_is_not_known(told):
    language, html, _ = told
    section = html[html.index('<h2 id="who">') : html.index('<h2 id="answer"')]
    assert texts(language)["who"]["asked"] in section


def test_tables_have_captions_and_scopes(told):
    _, _, reader = told
    assert len(reader.of("caption")) == len(reader.of("table")) >= 5
    assert all("scope" in cell for cell in reader.of("th"))


def test_the_page_names_its_language_and_lets_readers_skip(told):
    language, _, reader = told
    assert reader.of("html") == [{"lang": language}]
    identities = [attributes["id"] for _, attributes in reader.tags if "id" in attributes]
    assert len(identities) == len(set(identities))
    links = [link["href"] for link in reader.of("a") if link["href"].startswith("#")]
    assert links[0] == "#answer"
    assert {link[1:] for link in links} <= set(identities)


def test_no_cause_is_claimed(told, causal):
    _, _, reader = told
    words = reader.words
    for reference in ("Modelling monotonic effects of ordinal predictors",):
        words = words.replace(reference, "")
    assert not causal.search(words)
    assert not causal.search(" ".join(image["alt"] for image in reader.of("img")))


def test_dutch_holds_no_english_prose(answers):
    html = report_html(answers, language="nl")
    # What is in English says so.
    html = re.sub(r'<(\w+)[^>]*lang="en"[^>]*>.*?</\1>', "", html, flags=re.DOTALL)
    words = read(html).words
    assert not re.search(r"\b(the|and|with|which|respondents|activities are)\b", words)


@pytest.mark.parametrize("language", LANGUAGES)
def test_small_teams_leave_no_trace(small_team_answers, small_teams, language):
    html = report_html(small_team_answers, language=language)
    drawings = [
        base64.b64decode(source).decode()
        for source in re.findall(r"data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)", html)
    ]
    for team in small_teams:
        assert not re.search(rf"\b{team}\b", html)
        assert not any(re.search(rf"\b{team}\b", drawing) for drawing in drawings)


def test_a_raised_minimum_hides_more(small_team_fit, tmp_path):
    path = tmp_path / "report.html"
    report(small_team_fit, path, rule=DisclosureRule(11))
    shown = re.findall(r"\bT\d\d\b", read(path.read_text(encoding="utf-8")).words)
    sizes = dict(zip(small_team_fit.design.teams, small_team_fit.design.team_sizes, strict=True))
    assert all(sizes[team] >= 11 for team in shown)


def test_a_loaded_fit_is_reported_without_respondents(loaded_fit, tmp_path):
    path = tmp_path / "report.html"
    report(loaded_fit, path, language="nl")
    reader = read(path.read_text(encoding="utf-8"))
    assert "Hier niet nagegaan" in reader.words
    assert len(reader.of("img")) == 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_file_in_which_no_team_may_be_shown_is_reported(synthetic_fit, tmp_path, language):
    rule = DisclosureRule(20)
    synthetic_fit.save(tmp_path / "fit.nc", rule=rule)
    loaded = load_fit(tmp_path / "fit.nc")
    assert loaded.draws["constant_data"].sizes["team"] == 0
    report(loaded, tmp_path / "report.html", language=language, rule=rule)
    words = read((tmp_path / "report.html").read_text(encoding="utf-8")).words
    assert texts(language)["teams"]["none_shown"] in words


def test_two_frequencies_get_a_part_each(two_frequencies_fit):
    reader = read(report_html(ask(two_frequencies_fit), language="en"))
    assert len(reader.of("img")) == 5
    assert "their answer to ‘meet’" in reader.words


def test_a_study_without_frequency_is_reported(no_frequency_fit):
    for language in LANGUAGES:
        reader = read(report_html(ask(no_frequency_fit), language=language))
        assert len(reader.of("img")) == 2
        told = reader.words.partition("learnclimate:")[0]
        assert not re.search(r"\b(talk|praten|gesprek van)", told)


def test_labels_of_the_questionnaire_are_escaped(answers):
    from dataclasses import replace

    fit = answers.fit
    hostile = replace(
        answers, fit=replace(fit, provenance=replace(fit.provenance, source="<script>x</script>"))
    )
    html = report_html(hostile, language="en")
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_the_same_answers_give_the_same_page(answers):
    assert report_html(answers, language="en") == report_html(answers, language="en")


def test_bad_calls_write_nothing(synthetic_fit, tmp_path):
    path = tmp_path / "report.html"
    with pytest.raises(ArgumentError, match="'en', 'nl'"):
        report(synthetic_fit, path, language="fr")
    with pytest.raises(ArgumentTypeError, match="not a Fit"):
        report("fit.nc", path)
    with pytest.raises(FileError, match="no folder"):
        report(synthetic_fit, tmp_path / "missing" / "report.html")
    with pytest.raises(FileError, match="is a folder"):
        report(synthetic_fit, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_draws_that_cannot_be_trusted_are_marked_before_the_answer(answers):
    from dataclasses import replace

    from learnclimate.inference.certificate import Certificate, CertificateCheck

    bad = Certificate("nuts", (CertificateCheck("R-hat", "bad", 1.3, 1.01, "the chains differ"),))
    words = read(
        report_html(replace(answers, fit=replace(answers.fit, certificate=bad)), language="en")
    ).words
    warning = words.index("Do not use the figures below")
    assert warning < words.index("times as many")
    assert "did NOT pass" in words


@pytest.mark.parametrize("name", ["report.docx", "report.pdf", "report"])
def test_a_report_is_an_html_file(synthetic_fit, tmp_path, name):
    with pytest.raises(ArgumentError, match=r"HTML file; give a name that ends in \.html"):
        report(synthetic_fit, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_path_that_is_none_is_refused(synthetic_fit):
    with pytest.raises(ArgumentTypeError, match="names no file"):
        report(synthetic_fit, 3)
