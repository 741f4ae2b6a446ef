from learnclimate.estimands import wording


def test_every_estimand_of_a_level_has_its_scale():
    scales = wording.SCALES
    assert scales[wording.RATE_RATIO] == "rate ratio"
    assert scales[wording.EXPECTED_COUNT] == "expected count"
    assert scales[wording.PREDICTED_COUNT] == "predicted count"


def test_counts_ratios_and_logs_are_told_apart():
    scales = wording.SCALES
    kinds = (wording.RATE_RATIO, wording.EXPECTED_COUNT, wording.PREDICTED_COUNT)
    apart = [scales[name] for name in (*kinds, "team intercept", "team slope", wording.TEAM_RANK)]
    assert len(set(apart)) == len(apart)


def test_a_contrast_reads_high_first():
    assert wording.versus("weekly", "never") == "weekly vs never"
