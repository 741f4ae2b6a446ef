"""Readers who leave, old encodings, and signals: as a shell meets them."""

import os
import signal
import subprocess
import sys
import time

import pytest

LONG = """
import sys
from pathlib import Path
from learnclimate.cli.streams import make_streams_last
make_streams_last()
for number in range(20_000):
    print("line", number)
sys.stdout.flush()
Path(sys.argv[1]).write_text("all of it")
"""

SLOW = """
import sys, time
from learnclimate.cli import study
from learnclimate.cli.application import run

def slow(*given, **options):
    print("fitting", flush=True)
    time.sleep(60)

study.fit = slow
sys.argv = ["learnclimate", *sys.argv[1:]]
run()
"""


def test_results_are_written_when_the_reader_has_left(tmp_path):
    target = tmp_path / "results.txt"
    with subprocess.Popen(
        [sys.executable, "-c", LONG, str(target)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        process.stdout.readline()
        process.stdout.close()
        told = process.stderr.read()
        assert process.wait(timeout=60) == 0
    assert target.read_text() == "all of it"
    assert told == b""


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
@pytest.mark.parametrize("call", [["describe"], ["--help"], ["fit", "--help"]])
def test_an_old_encoding_gets_the_nearest_signs(files, survey, encoding, call):
    renamed = survey.frame.rename(columns={"talk": "hoe vaak – ‘praten’ ≥ 1×, café"})
    renamed.to_csv(files[0], index=False)
    text = files[1].read_text(encoding="utf-8")
    text = text.replace('"talk"', '"hoe vaak – ‘praten’ ≥ 1×, café"')
    files[1].write_text(
        text.replace("\ntalk =", '\n"hoe vaak – ‘praten’ ≥ 1×, café" ='), encoding="utf-8"
    )
    arguments = [*call, str(files[0]), "-c", str(files[1])] if call == ["describe"] else call
    done = subprocess.run(
        [sys.executable, "-m", "learnclimate", *arguments],
        env={**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    if call == ["describe"]:
        # Where the encoding is ASCII, click writes UTF-8 all the same.
        assert (b">= 1" in done.stdout) or ("≥ 1".encode() in done.stdout)
        assert b"caf" in done.stdout
        assert b"?" not in done.stdout


@pytest.mark.skipif(os.name != "posix", reason="signals are those of POSIX")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_command_that_is_ended_leaves_nothing_behind(files, tmp_path, number):
    call = ["fit", str(files[0]), "-c", str(files[1]), "-o", str(tmp_path / "results")]
    before = sorted(tmp_path.iterdir())
    with subprocess.Popen(
        [sys.executable, "-c", SLOW, *call], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        while b"fitting" not in process.stdout.readline():
            assert process.poll() is None, process.stderr.read()
        assert len(sorted(tmp_path.iterdir())) > len(before)
        time.sleep(0.1)
        process.send_signal(number)
        told = process.stderr.read()
        assert process.wait(timeout=60) == 128 + number
    assert b"Stopped. Nothing was written." in told
    assert sorted(tmp_path.iterdir()) == before
