from learnclimate.estimands import wording


def test_every_estimand_of_a_level_has_its_scale():
    scales = wording.SCALES
    assert scales[wording.RATE_RATIO] == "rate ratio"
    assert scales[wording.EXPECTED_COUNT] == "expected count"
    assert scales[wording.PREDICTED_COUNT] == "predicted count"


def test_scales_are_told_apart():
    assert len(set(wording.SCALES.values())) == len(wording.SCALES)


def test_a_contrast_reads_high_first():
    assert wording.versus("weekly", "never") == "weekly vs never"
