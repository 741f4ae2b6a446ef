"""Names of variables and dims."""

from learnclimate.core.labels import POSTERIOR_DIMS, level_label


def test_no_variable_bears_the_name_of_a_dim():
    dims = {dim for names in POSTERIOR_DIMS.values() for dim in names}
    assert not dims & set(POSTERIOR_DIMS)


def test_level_labels_tell_frequency_and_level():
    assert level_label("talk", "once a week") == "talk[once a week]"
