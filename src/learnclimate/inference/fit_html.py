"""A fit of any model as a notebook shows it: what was fitted, and whether to rely on it."""

from collections.abc import Mapping

from learnclimate.core.showing import html_table
from learnclimate.inference.certificate import Certificate
from learnclimate.inference.provenance import Provenance


def fit_html(
    name: str, provenance: Provenance, certificate: Certificate, fitted: Mapping[str, str]
) -> str:
    """
    Write a fit as a table.

    Parameters
    ----------
    name : str
        What kind of fit it is.
    provenance : Provenance
        Where its draws come from.
    certificate : Certificate
        Whether they can be trusted.
    fitted : mapping of str to str
        What is told of its model.

    Returns
    -------
    str
        HTML.
    """
    passed = "passed" if certificate.passed else "NOT PASSED: do not rely on it"
    rows = [
        ("respondents", f"{provenance.n_respondents:,}"),
        ("teams", f"{provenance.n_teams:,}"),
        *fitted.items(),
        ("engine", certificate.engine),
        ("certificate", passed),
        ("draws", f"{provenance.draws:,}"),
        ("seconds", f"{provenance.seconds:.1f}"),
    ]
    if provenance.smallest_group_reason:
        kept = f"{provenance.smallest_group}: {provenance.smallest_group_reason}"
        rows.append(("smallest group in the file", kept))
    return html_table(["part", "value"], rows, caption=f"{name} of {provenance.source}")
