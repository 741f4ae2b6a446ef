"""Names with signs that letters of the usual font lack."""

import warnings

import pytest

from learnclimate.plots import names, style
from learnclimate.plots.names import drawable, families, shortened


@pytest.fixture
def no_other_fonts(monkeypatch):
    monkeypatch.setattr(names, "_installed", tuple)


def test_signs_that_no_font_has_are_told_in_words_or_codes(no_other_fonts):
    assert drawable("Équipe Ünïcode – één") == "Équipe Ünïcode – één"
    assert drawable("Team \N{ROCKET}\ufe0f Noord") == "Team [rocket] Noord"
    # Two teams stay apart.
    assert (drawable("北京"), drawable("上海")) == ("[5317 4EAC]", "[4E0A 6D77]")


def test_a_font_that_has_the_sign_leaves_the_name(monkeypatch):
    monkeypatch.setattr(names, "_signs", lambda chosen: frozenset(range(0x110000)))
    assert drawable("北京") == "北京"
    assert shortened("北京\t1") == "北京 1"


@pytest.mark.parametrize("label", ["北京", "Team \N{ROCKET}", "\N{WHITE HEAVY CHECK MARK} klaar"])
def test_no_name_gives_a_warning_or_a_box(label):
    figure, axes = style.new_figure(40)
    axes.set_yticks([0], [shortened(label)])
    axes.set_title(style.broken(label, 10))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        # The figure silences what the library's own texts might give: here nothing is silent.
        with figure._plain_texts():
            warnings.resetwarnings()
            warnings.simplefilter("error")
            figure.draw_without_rendering()


def test_the_fonts_of_the_user_come_first():
    import matplotlib as mpl

    own = list(mpl.rcParams["font.family"])
    assert families()[: len(own)] == own
