import pytest

from learnclimate.cli.staging import check_report_target, staged_folder
from learnclimate.core.errors import FileError


def test_a_new_folder_appears_whole(tmp_path):
    target = tmp_path / "results"
    with staged_folder(target) as folder:
        (folder / "tables").mkdir()
        (folder / "tables" / "a.csv").write_text("a")
        assert not target.exists()
    assert (target / "tables" / "a.csv").read_text() == "a"
    assert [path.name for path in tmp_path.iterdir()] == ["results"]


def test_a_new_folder_can_be_read_by_others(tmp_path):
    with staged_folder(tmp_path / "results") as folder:
        (folder / "a.csv").write_text("a")
    (tmp_path / "plain").mkdir()
    assert (tmp_path / "results").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_an_existing_folder_keeps_its_files(tmp_path):
    (tmp_path / "b.csv").write_text("mine")
    with staged_folder(tmp_path) as folder:
        (folder / "tables").mkdir()
        (folder / "tables" / "a.csv").write_text("a")
        (folder / "report.html").write_text("new")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.csv", "report.html", "tables"]
    assert (tmp_path / "b.csv").read_text() == "mine"


@pytest.mark.parametrize("exists", [True, False])
def test_a_failure_leaves_nothing_behind(tmp_path, exists):
    target = tmp_path / "results"
    if exists:
        target.mkdir()
        (target / "report.html").write_text("old")

    def fail():
        with staged_folder(target) as folder:
            (folder / "report.html").write_text("half")
            raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        fail()
    assert [path.read_text() for path in tmp_path.rglob("*.html")] == (["old"] if exists else [])
    assert not list(tmp_path.rglob(".learnclimate-*"))


def test_a_full_disk_is_told_as_ours(tmp_path):
    with pytest.raises(FileError, match="No space left"), staged_folder(tmp_path / "results"):
        raise OSError(28, "No space left on device")


def test_targets_are_tried(tmp_path):
    (tmp_path / "file").write_text("x")
    check_report_target(tmp_path / "report.html")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    for path, words in (
        (tmp_path, "is a folder"),
        (tmp_path / "no" / "report.html", "no folder"),
        (tmp_path / "file" / "report.html", "no folder"),
    ):
        with pytest.raises(FileError, match=words):
            check_report_target(path)


def test_a_file_of_others_is_not_replaced(tmp_path):
    theirs, ours = tmp_path / "theirs.html", tmp_path / "ours.html"
    theirs.write_text("<html><body>my own page</body></html>")
    ours.write_text('<html><head><meta name="generator" content="learnclimate 0.1"></head></html>')
    check_report_target(ours)
    with pytest.raises(FileError, match=r"is no report of learnclimate.*--out.*--force"):
        check_report_target(theirs)
    check_report_target(theirs, force=True)
