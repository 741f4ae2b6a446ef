"""The certificate drawn: left of the line is good, whichever way a check runs."""

from unittest.mock import Mock

import numpy as np
import pytest

import learnclimate as lc
from learnclimate import plots
from learnclimate.core.errors import ArgumentError, ArgumentTypeError
from learnclimate.inference.certificate import Certificate, CertificateCheck
from learnclimate.plots import certificate
from learnclimate.plots.certificates import used_up

CHECKS = (
    CertificateCheck("importance tails", "good", 0.35, 0.7, ""),
    CertificateCheck("importance efficiency", "good", 0.6, 0.3, ""),
    CertificateCheck("R-hat", "bad", 1.02, 1.01, ""),
    CertificateCheck("effective draws", "bad", 100, 400, ""),
    CertificateCheck("surrogate", "not applicable", np.nan, 0.1, ""),
)


def test_good_checks_lie_left_of_the_line_and_bad_ones_right():
    assert [used_up(check) for check in CHECKS[:4]] == pytest.approx([0.5, 0.5, 2.0, 4.0])
    for check in CHECKS[:4]:
        assert (used_up(check) <= 1) == (check.verdict == "good")


def test_the_figure_tells_bad_checks_by_shape_too(texts_of):
    figure = certificate(Certificate("marginal", CHECKS))
    (axes,) = figure.axes
    marks = {line.get_gid(): line.get_marker() for line in axes.lines if line.get_gid()}
    assert marks["good"] != marks["bad"]
    text = texts_of(figure)
    assert "NOT passed" in text
    assert "0.35 / 0.7" in text
    assert "surrogate" not in text


def test_the_certificate_of_any_fit_is_drawn_and_figures_of_counts_name_what_to_draw():
    told = Certificate("joint", (CertificateCheck("mixing of values", "good", 0.1, 0.33, ""),))
    joint = Mock(spec=lc.JointFit, certificate=told)
    assert certificate(joint).get_suptitle() == "Certificate of the joint engine: passed"
    count_figures = (
        *(plots.frequency_response, plots.expected_counts, plots.team_effects, plots.rootogram),
        *(plots.residuals, plots.prior_posterior, plots.team_shrinkage),
    )
    for draw in count_figures:
        with pytest.raises(ArgumentTypeError, match=r"joint\.count"):
            draw(joint)
        with pytest.raises(ArgumentTypeError, match=r"item_curves\(fit\)"):
            draw(Mock(spec=lc.FactorFit))


def test_a_certificate_without_checks_is_refused():
    with pytest.raises(ArgumentError, match="nothing to draw"):
        certificate(Certificate("marginal", CHECKS[-1:]))
    with pytest.raises(ArgumentTypeError, match="has no certificate"):
        certificate("fit")


def test_a_dutch_figure_names_its_checks_in_dutch_as_the_report_does():
    from learnclimate.plots.check_names import OF_CERTIFICATES, OF_JOINT_MODELS, OF_MODELS
    from learnclimate.reporting.language import texts

    assert dict(OF_MODELS) == texts("nl")["check_names"]
    named = texts("nl")["certificate_names"]
    assert {name: told for name, told in named.items() if name != "surrogate"} == {
        **OF_CERTIFICATES,
        **OF_JOINT_MODELS,
    }
    checks = tuple(CertificateCheck(name, "good", 0.1, 0.2, "") for name in OF_CERTIFICATES)
    figure = certificate(Certificate("nuts", checks), language="nl")
    told = [one.get_text().replace("\n", " ") for one in figure.axes[0].get_yticklabels()]
    assert told == list(OF_CERTIFICATES.values())
    assert "NUTS" in figure.get_suptitle()
