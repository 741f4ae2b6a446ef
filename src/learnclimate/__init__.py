"""
How talking with colleagues about learning goes together with learning, in which teams.

The package is imported as ``import learnclimate as lc``. Every public name is loaded when
it is first used, so that the import costs nothing and never loads PyMC or matplotlib.
"""

from importlib import import_module

#: Where each public name lives; ``__init__.pyi`` says the same to type checkers.
_HOMES = {
    "checks.calibration": (
        "Calibration",
        "calibrate",
        "calibrate_around",
    ),
    "checks.design_analysis": (
        "DesignAnalysis",
        "DesignGoal",
        "design_analysis",
    ),
    "checks.factor_fit": ("fit_indices",),
    "checks.fit_check": ("check_fit",),
    "checks.influence": (
        "Influence",
        "influence",
    ),
    "checks.leave_out": (
        "LeaveOneOut",
        "leave_one_out",
        "leave_one_team_out",
    ),
    "checks.model_comparison": (
        "ModelComparison",
        "compare_models",
    ),
    "checks.prior_sensitivity": (
        "PriorSensitivity",
        "prior_sensitivity",
    ),
    "checks.specifications": (
        "SpecificationTable",
        "specification_table",
    ),
    "checks.prior_predictive": (
        "PriorPredictive",
        "prior_predictive",
    ),
    "checks.invariance": ("compare_invariance",),
    "checks.predictive": (
        "PosteriorPredictive",
        "posterior_predictive",
    ),
    "checks.residuals": ("Residuals",),
    "checks.verdict": (
        "Check",
        "CheckReport",
    ),
    "core.errors": (
        "ArgumentError",
        "ArgumentTypeError",
        "CodebookError",
        "FileError",
        "FitError",
        "LearnClimateError",
        "LearnClimateWarning",
        "ModelError",
        "SurveyError",
    ),
    "core.result": ("Result",),
    "counts.families": (
        "BetaBinomial",
        "HurdleNegativeBinomial",
        "HurdlePoisson",
        "NegativeBinomial",
        "Poisson",
        "ZeroInflatedNegativeBinomial",
        "ZeroInflatedPoisson",
        "ZeroPart",
    ),
    "counts.frequency": (
        "Linear",
        "Monotonic",
        "Unordered",
    ),
    "counts.kinds_model": ("KindsModel",),
    "counts.kinds_priors": ("KindsPriors",),
    "counts.model": ("CountModel",),
    "counts.prior_choice": ("Priors",),
    "counts.priors": (
        "Beta",
        "Dirichlet",
        "Exponential",
        "Gamma",
        "HalfNormal",
        "LKJ",
        "Normal",
        "StudentT",
    ),
    "counts.pymc_model": ("build_model",),
    "disclosure.rule": ("DisclosureRule",),
    "estimands.benchmarks": ("confounder_benchmarks",),
    "estimands.confounding": ("e_value",),
    "estimands.contrasts": ("rate_ratio",),
    "estimands.interviews": ("select_teams",),
    "estimands.factor_scores": (
        "FactorScores",
        "factor_scores",
    ),
    "estimands.plausible_values": (
        "PlausibleValues",
        "plausible_values",
    ),
    "estimands.latent_aggregation": ("latent_aggregation",),
    "estimands.item_curves": (
        "item_curves",
        "test_information",
    ),
    "estimands.kind_comparison": ("compare_kinds",),
    "estimands.level_counts": (
        "expected_counts",
        "predicted_counts",
    ),
    "estimands.teams": (
        "rank_teams",
        "team_effects",
    ),
    "estimands.tipping": ("tipping_point",),
    "estimands.variation": ("variance_partition",),
    "estimands.within_between": ("within_between",),
    "inference.certificate": ("Certificate",),
    "inference.factors.fit_record": ("FactorFit",),
    "inference.fit_record": ("Fit",),
    "inference.fitting": ("fit",),
    "inference.joint_fit": ("JointFit",),
    "inference.kinds_fit": ("KindsFit",),
    "inference.store": ("load_fit",),
    "joint.model": ("JointModel",),
    "measurement.aggregation": ("aggregation",),
    "measurement.agreement": ("agreement",),
    "measurement.factor_model": (
        "FactorModel",
        "GradedResponse",
    ),
    "measurement.factor_number": (
        "explore_factors",
        "parallel_analysis",
    ),
    "measurement.item_analysis": ("ItemAnalysis", "item_analysis"),
    "measurement.polychoric": ("polychoric",),
    "measurement.reliability": ("reliability",),
    "measurement.scale_scores": (
        "ScaleScores",
        "scale_scores",
    ),
    "reporting.html_report": ("report",),
    "reporting.write_up": (
        "WriteUp",
        "write_up",
    ),
    "survey.codebook": (
        "Codebook",
        "Scale",
    ),
    "survey.example": (
        "example_path",
        "load_example",
    ),
    "survey.kinds_truth": ("KindsTruth",),
    "survey.outcome": ("Outcome",),
    "survey.pseudonyms": ("pseudonymise",),
    "survey.reading": ("read_survey",),
    "survey.simulation": ("simulate_survey",),
    "survey.survey": ("Survey",),
    "survey.templates": (
        "codebook_template",
        "learning_climate_scales",
        "stimuli_scales",
    ),
    "survey.truth": ("Truth",),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}

__all__ = ["plots", *_HOME_OF]  # noqa: PLE0604 - the keys of the table are strings


def __getattr__(name: str) -> object:
    """Load a public name when it is first used."""
    if name == "plots":
        return import_module("learnclimate.plots")
    if name == "__version__":
        return import_module("importlib.metadata").version("learnclimate")
    if name not in _HOME_OF:
        raise AttributeError(f"module 'learnclimate' has no attribute {name!r}")
    value = getattr(import_module(f"learnclimate.{_HOME_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names."""
    return sorted([*__all__, "__version__"])
