"""Every public question about a scale, asked of bad answers: a clear error or an honest answer."""

import inspect
import re

import numpy as np
import pandas as pd
import pytest

import learnclimate as lc

# Whether draws can be trusted is not the question here: what is refused is.
pytestmark = pytest.mark.filterwarnings("ignore")

ITEMS = [f"q{place}" for place in range(1, 6)]
LEVELS = ["never", "monthly", "weekly"]
HOW = {"draws": 100}


def answers(n=200):
    rng = np.random.default_rng(1)
    person = np.arange(n)
    frame = pd.DataFrame({"team": [f"T{place:02}" for place in person % 20]})
    frame["wave"] = np.where(person // 20 % 2, "first", "second")
    frame["talk"] = np.array(LEVELS, dtype=object)[person % 3]
    frame["learnt"] = rng.poisson(3, n)
    shared = rng.standard_normal(n)
    for item in ITEMS:
        frame[item] = np.clip(np.rint(3 + shared + 0.8 * rng.standard_normal(n)), 1, 5)
    return frame


def read(frame, scale, declared=True):
    codebook = lc.Codebook(
        outcome="learnt",
        team="team",
        frequency="talk",
        frequency_levels=LEVELS,
        covariates=["wave"] if declared else ["wave", *scale.items],
        scales=[scale] if declared else [],
    )
    return lc.read_survey(frame, codebook)


def outside(frame):
    # Of a scale in the codebook, reading refuses such an answer: here the scale comes later.
    frame.loc[17, "q2"] = 7
    scale = lc.Scale("s", ITEMS)
    return read(frame, scale, declared=False), scale


def never_varying(frame):
    frame["q2"] = 4.0
    return read(frame, lc.Scale("s", ITEMS)), "s"


def one_item(frame):
    return read(frame, lc.Scale("s", ITEMS[:1])), "s"


def one_missing(frame):
    frame["q2"] = np.nan
    return read(frame, lc.Scale("s", ITEMS)), "s"


def all_missing(frame):
    frame[ITEMS] = np.nan
    return read(frame, lc.Scale("s", ITEMS)), "s"


BAD = {
    "outside": outside,
    "never varies": never_varying,
    "one item": one_item,
    "one missing": one_missing,
    "all missing": all_missing,
}


def fitted(model):
    return lambda survey, scale: lc.fit(model(scale), survey, progress=False, **HOW)


def of_fit(question, **how):
    def ask(survey, scale):
        return question(lc.fit(lc.FactorModel(scale, **how), survey, progress=False, **HOW))

    return ask


#: What describes answers; what takes items for witnesses of one thing; what fits a factor model.
DESCRIBE = {
    "agreement": lambda survey, scale: lc.agreement(survey, scale, **HOW),
    "aggregation": lambda survey, scale: lc.aggregation(survey, scale, **HOW),
    "scale_scores": lambda survey, scale: lc.scale_scores(survey, scale, **HOW),
}
COMPARE = {
    "item_analysis": lambda survey, scale: lc.item_analysis(survey, scale, **HOW),
    "polychoric": lc.polychoric,
    "reliability": lambda survey, scale: lc.reliability(survey, scale, **HOW),
}
COUNT = {
    "parallel_analysis": lc.parallel_analysis,
    "explore_factors": lambda survey, scale: lc.explore_factors(survey, scale, 1, **HOW),
}
FIT = {
    "FactorModel": fitted(lc.FactorModel),
    "FactorModel of numbers": fitted(lambda scale: lc.FactorModel(scale, ordinal=False)),
    "FactorModel of teams": fitted(lambda scale: lc.FactorModel(scale, levels="team")),
    "GradedResponse": fitted(lc.GradedResponse),
    "JointModel": fitted(lambda scale: lc.JointModel(lc.CountModel(), lc.FactorModel(scale))),
    "compare_invariance": lambda survey, scale: lc.compare_invariance(
        survey, lc.FactorModel(scale), "wave", **HOW
    ),
    "factor_scores": of_fit(lc.factor_scores),
    "fit_indices": of_fit(lc.fit_indices),
    "item_curves": of_fit(lc.item_curves),
    "latent_aggregation": of_fit(lc.latent_aggregation, levels="team"),
    "plausible_values": of_fit(lc.plausible_values),
    "test_information": of_fit(lc.test_information),
}
ASK = DESCRIBE | COMPARE | COUNT | FIT
NUMBER = "Column 'q2', row 18: 7 is not among the answers 1 to 5 of scale 's'.*Correct it"
NOBODY = "Column 'q2': nobody answered this item of scale 's'. Leave it out"
EMPTY = "Scale 's': nobody answered any of its 5 items. Check that the codebook"
ALIKE = "Column 'q2': everyone who answered .* of scale 's' answered 4.*leave it out of the scale"

#: By fault, then by question: what the error says.
ERRORS = {
    "outside": dict.fromkeys(ASK, (lc.SurveyError, NUMBER)),
    "one missing": dict.fromkeys(ASK, (lc.SurveyError, NOBODY)),
    "all missing": dict.fromkeys(ASK, (lc.SurveyError, EMPTY)),
    "never varies": dict.fromkeys(COMPARE | COUNT | FIT, (lc.SurveyError, ALIKE)),
    "one item": dict.fromkeys(COMPARE, (lc.ArgumentError, "Scale 's' has 1 item; .*more items"))
    | dict.fromkeys(COUNT, (lc.ModelError, "Scale 's': 1 item, too few .*at least 4 items"))
    | dict.fromkeys(FIT, (lc.ModelError, "Factor 's' has one item, 'q1'.*more items, or leave")),
}
#: What has an honest answer, and what a note says of it.
NOTES = {
    "never varies": dict.fromkeys(DESCRIBE, "Item 'q2' never varies: .*leave it out"),
    "one item": {
        "agreement": "The scale has one item, 'q1': rwg stands for rwg_j",
        "aggregation": "The score is the answer to the one item of 's'",
        "scale_scores": "The score is the answer to the one item of 's'",
    },
}


def test_every_question_about_a_scale_is_in_the_table():
    about_scales = {
        name
        for name in lc.__all__
        if inspect.isfunction(getattr(lc, name))
        and {"scale", "scales"} & set(inspect.signature(getattr(lc, name)).parameters)
    }
    assert about_scales <= set(ASK)
    for fault in BAD:
        assert set(ERRORS[fault]) | set(NOTES.get(fault, {})) == set(ASK)


@pytest.mark.parametrize(
    ("fault", "question"), [(fault, question) for fault in ERRORS for question in ERRORS[fault]]
)
def test_bad_answers_get_one_clear_error(fault, question):
    kind, message = ERRORS[fault][question]
    survey, scale = BAD[fault](answers())
    with pytest.raises(kind, match=message) as error:
        ASK[question](survey, scale)
    assert type(error.value) is kind


@pytest.mark.parametrize(
    ("fault", "question"), [(fault, question) for fault in NOTES for question in NOTES[fault]]
)
def test_where_an_answer_is_honest_a_note_says_so(fault, question):
    found = ASK[question](*BAD[fault](answers())).summary
    note = re.compile(NOTES[fault][question])
    assert sum(bool(note.search(told)) for told in found.attrs["notes"]) == 1
    assert found["mean"].notna().any()


def test_an_answer_outside_a_scale_of_the_codebook_is_refused_when_it_is_read():
    frame = answers()
    frame.loc[17, "q2"] = 7
    with pytest.raises(lc.SurveyError, match=r"'q2', row 18: 7 lies outside .* Correct it"):
        read(frame, lc.Scale("s", ITEMS))


def test_two_items_alone_are_no_factor_and_no_omega():
    survey = read(answers(), lc.Scale("s", ITEMS[:2]))
    with pytest.raises(lc.ModelError, match=r"two items and stands alone.*a third item"):
        lc.fit(lc.FactorModel("s"), survey, progress=False)
    notes = lc.reliability(survey, "s", **HOW).summary.attrs["notes"]
    assert any("Every omega needs three items" in note for note in notes)


def test_a_refusal_of_too_few_teams_does_not_tell_how_many_have_no_score():
    frame = answers()
    frame["team"] = "T1"
    frame.loc[:2, ITEMS] = np.nan
    with pytest.raises(lc.SurveyError, match="too few respondents in 1 team") as error:
        lc.aggregation(read(frame, lc.Scale("s", ITEMS)), "s", **HOW)
    assert "197" not in str(error.value)
