"""
The release, built and installed as a user would: wheel and sdist, newest and lowest versions.

Slow: each case makes an environment of its own and downloads what it needs.
"""

import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PYTHONS = ("3.12", "3.13", "3.14")

#: Tests for the lowest versions: every reader, every array on its way, files, figures, the report.
ON_LOWEST = (
    "tests/core",
    "tests/survey",
    "tests/disclosure",
    "tests/counts",
    "tests/inference/test_store.py",
    "tests/estimands/test_contrasts.py",
    "tests/plots/test_levels.py",
    "tests/plots/test_caterpillar.py",
    "tests/reporting/test_html_report.py",
    # pyarrow 18 reads this kind of text, and cannot write it.
    "--deselect=tests/survey/test_parquet_file.py::TestParquet::test_every_kind_of_text[kind2]",
)

#: What somebody does in the first minutes; no test tool is needed, so that nothing else is there.
SMOKE = """
import importlib.resources, pathlib, sys
import learnclimate as lc

assert "pymc" not in sys.modules
assert (importlib.resources.files("learnclimate") / "py.typed").is_file()
survey = lc.simulate_survey(n_teams=12, team_size=8, seed=1)
fit = lc.fit(lc.CountModel(), survey, draws=400, seed=1, progress=False)
low, *_, high = fit.coding.frequencies[0].levels
ratio = lc.rate_ratio(fit, high, low, population="study").summary["median"].iloc[0]
assert ratio > 0, ratio
fit.save("fit.nc")
for language in ("en", "nl"):
    lc.report(lc.load_fit("fit.nc"), f"report_{language}.html", language=language)
    assert pathlib.Path(f"report_{language}.html").stat().st_size > 10_000
with lc.build_model(lc.CountModel(), survey) as model:
    assert model.point_logps()
print("smoke passed")
"""


def uv(*arguments, **options):
    """Run uv, wherever it is installed."""
    command = [shutil.which("uv")] if shutil.which("uv") else [sys.executable, "-m", "uv"]
    done = subprocess.run(
        [*command, *map(str, arguments)], capture_output=True, text=True, check=False, **options
    )
    assert done.returncode == 0, f"uv {arguments[:2]}: {done.stderr[-3000:]}"
    return done.stdout


def found_python(version):
    """Find an installed Python of a version, without downloading one."""
    if f"{sys.version_info.major}.{sys.version_info.minor}" == version:
        return sys.executable
    kept = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for folder in sorted(kept.glob(f"{version}.*"), reverse=True):
        if (folder / "bin" / "python").exists():
            return str(folder / "bin" / "python")
    return shutil.which(f"python{version}")


def environment(folder, version):
    """Make an empty environment; skip the test where there is no such Python."""
    python = found_python(version)
    if python is None:
        pytest.skip(f"there is no Python {version} here")
    uv("venv", "--quiet", "--python", python, folder)
    return folder / ("Scripts" if os.name == "nt" else "bin")


def smoke(scripts, folder, *, warnings="error"):
    """Use what was installed, from a folder that knows nothing of this repository."""
    folder.mkdir()
    clean = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    options = {
        "cwd": folder,
        "env": clean | {"PYTHONUTF8": "1"},
    }
    script = subprocess.run(
        [scripts / "python", "-W", warnings, "-c", SMOKE],
        check=False,
        capture_output=True,
        text=True,
        **options,
    )
    assert script.stdout.strip().endswith("smoke passed"), script.stdout + script.stderr
    for command, wanted in {
        ("version",): f"learnclimate {PROJECT['version']}",
        ("cite", "--bibtex"): "@software{",
        ("demo", "--draws", "400", "--out", "results"): "times as",
    }.items():
        done = subprocess.run(
            [scripts / "learnclimate", *command],
            check=False,
            capture_output=True,
            text=True,
            **options,
        )
        assert done.returncode == 0, done.stderr
        assert wanted in " ".join(done.stdout.split())
    assert {"report.html", "fit.nc", "tables.xlsx"} <= {
        path.name for path in (folder / "results").iterdir()
    }


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Build wheel and sdist."""
    folder = tmp_path_factory.mktemp("dist")
    uv("build", "--quiet", "--out-dir", folder, ROOT)
    (wheel,) = folder.glob("*.whl")
    (source,) = folder.glob("*.tar.gz")
    return wheel, source


def test_the_wheel_holds_the_package_and_nothing_else(built):
    names = zipfile.ZipFile(built[0]).namelist()
    assert {name.split("/")[0] for name in names} == {
        "learnclimate",
        f"learnclimate-{PROJECT['version']}.dist-info",
    }
    assert "learnclimate/py.typed" in names
    assert not [name for name in names if "__pycache__" in name or name.endswith(".nc")]


def test_the_sdist_holds_what_a_packager_needs(built):
    with tarfile.open(built[1]) as archive:
        names = {name.split("/", 1)[1] for name in archive.getnames() if "/" in name}
    assert {"pyproject.toml", "README.md", "LICENSE", "CITATION.cff", "CHANGELOG.md"} <= names
    assert {"tests/conftest.py", "docs/conf.py"} <= names
    assert not [name for name in names if name.startswith((".venv", "docs/_build", "uv.lock"))]


@pytest.mark.parametrize("version", PYTHONS)
def test_the_wheel_works_in_a_clean(version, built, tmp_path):
    scripts = environment(tmp_path / "venv", version)
    uv("pip", "install", "--quiet", "--python", scripts / "python", built[0])
    smoke(scripts, tmp_path / "elsewhere")


@pytest.mark.parametrize("version", PYTHONS)
def test_what_it_rests_on_has_wheels_for(version):
    """Nothing is compiled on installing, also for a Python that is not here."""
    options = ("--quiet", "--no-header", "--no-annotate", "--only-binary", ":all:")
    where = (f"--python-version={version}", "--python-platform=x86_64-manylinux_2_28")
    found = uv("pip", "compile", *options, *where, ROOT / "pyproject.toml")
    named = {line.split("==")[0] for line in found.splitlines()}
    assert {"numba", "pymc", "nutpie", "pandas", "matplotlib"} <= named


@pytest.mark.parametrize("version", PYTHONS)
def test_the_sdist_works_in_a_clean(version, built, tmp_path):
    scripts = environment(tmp_path / "venv", version)
    uv("pip", "install", "--quiet", "--python", scripts / "python", built[1])
    smoke(scripts, tmp_path / "elsewhere")


def test_the_lowest_declared_versions_are_what_they_say(built, tmp_path):
    """Every bound is one that installs: what others demand is not higher than what we declare."""
    listed = uv(
        "pip",
        "compile",
        "--quiet",
        "--no-header",
        "--no-annotate",
        "--resolution=lowest-direct",
        f"--python-version={PYTHONS[0]}",
        ROOT / "pyproject.toml",
    )
    (tmp_path / "lowest.txt").write_text(listed, encoding="utf-8")
    pinned = dict(line.split("==") for line in listed.splitlines() if "==" in line)
    for requirement in PROJECT["dependencies"]:
        name, bounds = requirement.split(">=")
        declared = bounds.split(",")[0].split(".")
        resolved = pinned[name.split("[")[0]].split(".")
        assert resolved[: len(declared)] == declared, (requirement, resolved)

    scripts = environment(tmp_path / "venv", PYTHONS[0])
    install = ("pip", "install", "--quiet", "--python", scripts / "python")
    uv(*install, "--requirement", tmp_path / "lowest.txt", built[0])
    # Old packages warn of new ones that they rest on; that is theirs to mend.
    smoke(scripts, tmp_path / "elsewhere", warnings="default")
    uv(*install, "pytest", "hypothesis", "polars")
    with tarfile.open(built[1]) as archive:
        archive.extractall(tmp_path / "source", filter="data")
    (source,) = (tmp_path / "source").iterdir()
    (source / "src").rename(source / "not_this")
    tests = subprocess.run(
        [scripts / "python", "-m", "pytest", "-q", "-o", "filterwarnings=default", *ON_LOWEST],
        cwd=source,
        check=False,
        capture_output=True,
        text=True,
    )
    assert tests.returncode == 0, tests.stdout[-6000:] + tests.stderr[-3000:]
