"""Whether kernels lie compiled is told from the cache, before they are called."""

from types import SimpleNamespace

import pytest

from learnclimate.inference.marginal.kernels.compilation import ONCE, compiled_before, first_words


def some_kernel():
    """Stands for a function that is compiled."""


@pytest.fixture
def kernel(tmp_path):
    stats = SimpleNamespace(cache_path=str(tmp_path))
    return SimpleNamespace(signatures=[], stats=stats, py_func=some_kernel)


def test_empty_cache_is_not_compiled(kernel):
    assert not compiled_before(kernel)


def test_kernel_in_the_cache_is_compiled(kernel, tmp_path):
    (tmp_path / "test_compilation.some_kernel-8.py313.nbi").touch()
    assert compiled_before(kernel)


def test_cache_of_another_kernel_does_not_count(kernel, tmp_path):
    (tmp_path / "test_compilation.other_kernel-8.py313.nbi").touch()
    assert not compiled_before(kernel)


def test_kernel_of_this_process_is_compiled(kernel):
    kernel.signatures.append("float64(float64)")
    assert compiled_before(kernel)


def test_kernel_without_cache_is_not_compiled(kernel):
    kernel.stats.cache_path = None
    assert not compiled_before(kernel)


def test_real_kernel_names_its_file_so(tmp_path, monkeypatch):
    # numba's naming of files is no promise: this test notices when it changes.
    import numba

    source = tmp_path / "small.py"
    source.write_text("def twice(x):\n    return 2 * x\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    import small

    compiled = numba.njit(cache=True)(small.twice)
    assert not compiled_before(compiled)
    assert compiled(2) == 4
    again = numba.njit(cache=True)(small.twice)
    assert again.signatures == []
    assert compiled_before(again)


@pytest.mark.parametrize("rows", [True, False])
def test_words_depend_on_the_cache(monkeypatch, rows):
    place = "learnclimate.inference.marginal.kernels.compilation.compiled_before"
    monkeypatch.setattr(place, lambda kernel: False)
    assert first_words("Finding the mode", needs_rows=rows) == ONCE
    monkeypatch.setattr(place, lambda kernel: True)
    assert first_words("Finding the mode", needs_rows=rows) == "Finding the mode"
