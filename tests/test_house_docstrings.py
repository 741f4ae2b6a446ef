"""Docstrings: complete by numpydoc's rules, and their examples run."""

import ast
import doctest
import importlib
import importlib.util
import inspect
import re
import sys
import textwrap
from pathlib import Path

import pytest
from numpydoc.validate import validate

import learnclimate as lc

PACKAGE = Path(importlib.util.find_spec("learnclimate").origin).parent
ROOT = Path(__file__).parent.parent
#: Fits that take minutes, and files that hold such fits.
STORED = {lc.KindsModel: "kinds.nc", lc.JointModel: "joint.nc"}
MODULES = sorted(
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
    for path in PACKAGE.rglob("*.py")
    if path.name != "__init__.py"
)

#: Rules of numpydoc that do not suit: no example, see-also or extended summary is demanded,
#: text starts on the line after the quotes, "Returns" may name several values in a line,
#: a class may document its fields as attributes, a summary may begin with any word, and a
#: description with a Greek letter.
UNSUITABLE = {"EX01", "SA01", "ES01", "GL01", "RT02", "RT03", "PR02", "PR08", "SS05"}

#: Every public name but the folder of figures, whose functions are held to the same below.
PUBLIC = [name for name in lc.__all__ if name != "plots"]

#: What somebody else worked out before us.
RESTS_ON_LITERATURE = {
    "Certificate",
    "DisclosureRule",
    "LKJ",
    "Monotonic",
    "build_model",
    "calibrate",
    "calibrate_around",
    "confounder_benchmarks",
    "design_analysis",
    "e_value",
    "fit",
    "learning_climate_scales",
    "posterior_predictive",
    "rank_teams",
    "select_teams",
    "tipping_point",
    "variance_partition",
}

#: Commands document their options for the terminal, in their own way.
COMMANDS = "learnclimate.cli.application"


def public_objects(module_name):
    """Functions and classes that a module defines, and the methods of classes users meet."""
    if module_name == COMMANDS:
        return []
    names = []
    for name, thing in vars(importlib.import_module(module_name)).items():
        if name.startswith("_") or getattr(thing, "__module__", None) != module_name:
            continue
        if inspect.isfunction(thing) or inspect.isclass(thing):
            names.append(name)
        if inspect.isclass(thing) and name in lc.__all__ and not hasattr(thing, "log_density"):
            names += [f"{name}.{method}" for method in public_methods(thing)]
    return names


def public_methods(thing):
    kinds = (classmethod, staticmethod, property)
    return [
        name
        for name, value in vars(thing).items()
        if not name.startswith("_") and (isinstance(value, kinds) or inspect.isfunction(value))
    ]


def makes_itself_of_parameters(thing):
    """Whether a class has parameters of its own: a constructor, or fields of a dataclass."""
    return "__init__" in vars(thing) and not getattr(thing, "_is_protocol", False)


def complaints(path):
    found = validate(path)
    demanded = [(code, words) for code, words in found["errors"] if code not in UNSUITABLE]
    thing = resolved(path)
    # A record documents its fields as attributes; what a class inherits is documented there.
    fields_told = "Attributes\n" in (found["docstring"] or "")
    if inspect.isclass(thing) and (fields_told or not makes_itself_of_parameters(thing)):
        demanded = [(code, words) for code, words in demanded if code != "PR01"]
    return [f"{path}: {code} {words}" for code, words in demanded]


def resolved(path):
    module_name = max((name for name in sys.modules if path.startswith(f"{name}.")), key=len)
    thing = sys.modules[module_name]
    for part in path.removeprefix(f"{module_name}.").split("."):
        thing = getattr(thing, part)
    return thing


def methods_that_users_call(thing):
    if not inspect.isclass(thing):
        return []
    return [
        value for name, value in vars(thing).items() if inspect.isfunction(value) and name[0] != "_"
    ]


def raises_without_a_word(thing):
    """Whether the body raises, and the docstring has no section that says so."""
    if inspect.isclass(thing):
        body = [vars(thing)[name] for name in ("__post_init__",) if name in vars(thing)]
    else:
        body = [thing]
    raising = any(
        isinstance(node, ast.Raise)
        for one in body
        for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(one))))
    )
    return raising and "Raises\n" not in (thing.__doc__ or "")


@pytest.mark.parametrize("module_name", MODULES)
def test_docstrings_are_complete(module_name):
    names = public_objects(module_name)
    assert [line for name in names for line in complaints(f"{module_name}.{name}")] == []


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_has_an_example(name):
    assert doctest.DocTestParser().get_examples(getattr(lc, name).__doc__)


@pytest.mark.parametrize("name", PUBLIC)
def test_the_docstring_says_what_is_raised(name):
    thing = getattr(lc, name)
    untold = [one for one in (thing, *methods_that_users_call(thing)) if raises_without_a_word(one)]
    assert [one.__qualname__ for one in untold] == []


@pytest.mark.parametrize("name", sorted(RESTS_ON_LITERATURE))
def test_methods_give_their_source(name):
    assert re.search(r"doi 10\.\d{4,}/", getattr(lc, name).__doc__)


def test_every_public_name_has_an_example_that_uses_it():
    names = [*PUBLIC, *(f"plots.{name}" for name in lc.plots.__all__)]
    without = set()
    for name in names:
        thing = lc
        for part in name.split("."):
            thing = getattr(thing, part)
        examples = doctest.DocTestParser().get_examples(thing.__doc__ or "")
        run = [one.source for one in examples if not one.options.get(doctest.SKIP)]
        # A record is made by a function, which its example calls.
        if not run or (
            inspect.isfunction(thing)
            and not re.search(rf"\b{name.rpartition('.')[2]}\b", "\n".join(run))
        ):
            without.add(name)
    assert without == set()


@pytest.fixture(scope="module")
def fitted_once():
    """
    `lc.fit`, computing each fit that the examples ask for once: most ask for the same.

    Fits that take minutes are read from the files that the documentation reads, so that examples
    run on with them.
    """
    fit, made = lc.fit, {}

    def fitted(model, survey, **options):
        for slow, file in STORED.items():
            if isinstance(model, slow):
                return lc.load_fit(ROOT / "docs" / "designs" / "scripts" / file)
        asked = repr((model, sorted(options.items()), survey.frame.to_csv()))
        if asked not in made:
            made[asked] = fit(model, survey, **options)
        return made[asked]

    return fitted


@pytest.mark.parametrize("module_name", MODULES)
def test_examples_run(module_name, fitted_once, monkeypatch):
    monkeypatch.setattr(lc, "fit", fitted_once)
    module = importlib.import_module(module_name)
    found = doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
    assert found.failed == 0


def test_a_bad_docstring_is_found(monkeypatch):
    def shown(number: int) -> int:
        """Show"""
        return number

    module = type(sys)("learnclimate_bad_docstring")
    shown.__module__, shown.__qualname__ = module.__name__, "shown"
    module.shown = shown
    monkeypatch.setitem(sys.modules, module.__name__, module)
    codes = " ".join(complaints(f"{module.__name__}.shown"))
    assert "PR01" in codes
    assert "RT01" in codes
