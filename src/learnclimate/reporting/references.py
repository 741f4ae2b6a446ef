"""The literature a report cites, and how to cite learnclimate itself."""

from importlib import metadata

_DOI = "https://doi.org/"
_TITLE = (
    "learnclimate: how talking with colleagues about learning goes together with learning, "
    "in which teams, and how sure we are"
)

#: Key to (reference, DOI or empty).
REFERENCES: dict[str, tuple[str, str]] = {
    "aitchison": (
        (
            "Aitchison, J., & Ho, C. H. (1989). The multivariate Poisson-log normal distribution. "
            "Biometrika, 76(4), 643–653."
        ),
        "10.1093/biomet/76.4.643",
    ),
    "abril-pla": (
        (
            "Abril-Pla, O., and others (2023). PyMC: a modern, and comprehensive probabilistic "
            "programming framework in Python. PeerJ Computer Science, 9, e1516."
        ),
        "10.7717/peerj-cs.1516",
    ),
    "burkner": (
        (
            "Bürkner, P.-C., & Charpentier, E. (2020). Modelling monotonic effects of ordinal "
            "predictors in Bayesian regression models. British Journal of Mathematical and "
            "Statistical Psychology, 73(3), 420–451."
        ),
        "10.1111/bmsp.12195",
    ),
    "gelman": (
        (
            "Gelman, A., & Hill, J. (2007). Data analysis using regression and "
            "multilevel/hierarchical models. Cambridge University Press."
        ),
        "10.1017/CBO9780511790942",
    ),
    "hilbe": (
        "Hilbe, J. M. (2011). Negative binomial regression (2nd ed.). Cambridge University Press.",
        "10.1017/CBO9780511973420",
    ),
    "hoffman": (
        (
            "Hoffman, M. D., & Gelman, A. (2014). The No-U-Turn Sampler: adaptively setting "
            "path lengths in Hamiltonian Monte Carlo. Journal of Machine Learning Research, "
            "15, 1593–1623."
        ),
        "",
    ),
    "hundepool": (
        "Hundepool, A., and others (2012). Statistical disclosure control. Wiley.",
        "10.1002/9781118348239",
    ),
    "ibrahim": (
        (
            "Ibrahim, J. G. (1990). Incomplete data in generalized linear models. Journal of the "
            "American Statistical Association, 85(411), 765–769."
        ),
        "10.1080/01621459.1990.10474938",
    ),
    "lambert": (
        (
            "Lambert, D. (1992). Zero-inflated Poisson regression, with an application to defects "
            "in manufacturing. Technometrics, 34(1), 1–14."
        ),
        "10.2307/1269547",
    ),
    "ludtke": (
        (
            "Lüdtke, O., and others (2008). The multilevel latent covariate model: a new, more "
            "reliable approach to group-level effects in contextual studies. Psychological "
            "Methods, 13(3), 203–229."
        ),
        "10.1037/a0012869",
    ),
    "mullahy": (
        (
            "Mullahy, J. (1986). Specification and testing of some modified count data models. "
            "Journal of Econometrics, 33(3), 341–365."
        ),
        "10.1016/0304-4076(86)90002-3",
    ),
    "williams": (
        (
            "Williams, D. A. (1982). Extra-binomial variation in logistic linear models. "
            "Applied Statistics, 31(2), 144–148."
        ),
        "10.2307/2347977",
    ),
    "rabe-hesketh": (
        (
            "Rabe-Hesketh, S., Skrondal, A., & Pickles, A. (2005). Maximum likelihood estimation "
            "of limited and discrete dependent variable models with nested random effects. "
            "Journal of Econometrics, 128(2), 301–323."
        ),
        "10.1016/j.jeconom.2004.08.017",
    ),
    "vehtari-psis": (
        (
            "Vehtari, A., Simpson, D., Gelman, A., Yao, Y., & Gabry, J. (2024). Pareto smoothed "
            "importance sampling. Journal of Machine Learning Research, 25(72), 1–58."
        ),
        "10.48550/arXiv.1507.02646",
    ),
    "vehtari": (
        (
            "Vehtari, A., Gelman, A., Simpson, D., Carpenter, B., & Bürkner, P.-C. (2021). "
            "Rank-normalization, folding, and localization: an improved R-hat for assessing "
            "convergence of MCMC. Bayesian Analysis, 16(2), 667–718."
        ),
        "10.1214/20-BA1221",
    ),
}


def reference(key: str, *, language: str = "en") -> tuple[str, str]:
    """
    Give a reference and its address.

    Parameters
    ----------
    key : str
        A key of `REFERENCES`.
    language : {"en", "nl"}
        Language in which further authors are told; titles stay as they are.

    Returns
    -------
    text, address : str
        The reference, and the address of its DOI or nothing.

    Examples
    --------
    >>> reference("hundepool")[1]
    'https://doi.org/10.1002/9781118348239'
    """
    text, doi = REFERENCES[key]
    if language == "nl":
        text = text.replace(", and others (", ", en anderen (")
    return text, f"{_DOI}{doi}" if doi else ""


def citation() -> str:
    """
    Give the sentence by which to cite the installed learnclimate.

    Returns
    -------
    str
        Authors, year, title and version.

    Examples
    --------
    >>> citation().startswith("The learnclimate developers (2026).")
    True
    """
    version = metadata.version("learnclimate")
    return f"The learnclimate developers (2026). {_TITLE} (version {version}) [Computer software]."


def bibtex() -> str:
    """
    Give the BibTeX entry by which to cite the installed learnclimate.

    Returns
    -------
    str
        A ``@software`` entry.

    Examples
    --------
    >>> print(bibtex().splitlines()[0])
    @software{learnclimate,
    """
    return "\n".join(
        [
            "@software{learnclimate,",
            "  author  = {{The learnclimate developers}},",
            f"  title   = {{{_TITLE}}},",
            "  year    = {2026},",
            f"  version = {{{metadata.version('learnclimate')}}},",
            "  license = {Apache-2.0},",
            "}",
        ]
    )
