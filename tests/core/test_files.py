"""A file is written whole or not at all."""

import os
from pathlib import Path

import pytest

from learnclimate.core.errors import FileError
from learnclimate.core.files import write_atomically


def test_a_new_file_and_one_that_is_replaced(tmp_path):
    path = tmp_path / "report.html"
    write_atomically(path, b"first")
    write_atomically(path, b"second")
    assert path.read_bytes() == b"second"
    assert list(tmp_path.iterdir()) == [path]


def test_others_may_read_what_the_umask_lets_them(tmp_path):
    path = tmp_path / "report.html"
    previous = os.umask(0o027)
    try:
        write_atomically(path, b"x")
    finally:
        os.umask(previous)
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(FileError, match=r"There is no folder .*Make it first"):
        write_atomically(tmp_path / "none" / "report.html", b"x")


def test_a_folder_in_place_of_a_file(tmp_path):
    with pytest.raises(FileError, match="is a folder"):
        write_atomically(tmp_path, b"x")


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "report.html"
    write_atomically(path, b"old")

    def refuse(self, target):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(FileError, match="cannot be written: Permission denied"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
