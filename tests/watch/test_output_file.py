"""`watch --output`: appending across log rotation, and the cut to what the state knows."""

from __future__ import annotations

import json
import os
import shutil
import signal

import pytest

from mcc_cli.errors import MccError
from mcc_cli.services.watch.output_file import OutputFile, OutputMark
from mcc_cli.services.watch.position import Edge, Log, Position
from mcc_cli.services.watch.state_file import StateFile

pytestmark = pytest.mark.unit

PLACE = Position(Log(1, 2, 3), Edge("4:4:", 5))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "out.jsonl"


@pytest.fixture
def output(path):
    with OutputFile(path) as found:
        yield found


def test_copytruncate_leaves_no_hole(path, output):
    output.write(b"one\n" * 100)
    shutil.copy(path, f"{path}.1")
    os.truncate(path, 0)
    output.write(b"two\n")
    assert path.read_bytes() == b"two\n"
    assert output.mark.length == 4


@pytest.mark.parametrize("created", [True, False])
def test_a_renamed_file_is_left_and_the_path_opened_again(path, output, created):
    output.write(b"one\n")
    path.rename(f"{path}.1")
    if created:  # as logrotate's create does
        path.touch(0o640)
    output.write(b"two\n")
    assert path.read_bytes() == b"two\n"
    assert path.with_name("out.jsonl.1").read_bytes() == b"one\n"
    assert path.stat().st_mode & 0o777 == (0o640 if created else 0o600)


def test_a_deleted_file_is_created_again(path, output):
    output.write(b"one\n")
    path.unlink()
    output.write(b"two\n")
    assert path.read_bytes() == b"two\n"


def test_another_writer_is_not_overwritten(path, output):
    output.write(b"one\n")
    with path.open("ab") as other:
        other.write(b"other\n")
    output.write(b"two\n")
    assert path.read_bytes() == b"one\nother\ntwo\n"


@pytest.mark.parametrize("how", ["emptied", "renamed"])
def test_the_new_mark_is_saved_before_anything_is_written(path, output, how):
    marks = []
    output.rotated = lambda: marks.append(output.mark)
    output.write(b"one\n")
    assert marks == []
    if how == "emptied":
        os.truncate(path, 0)
    else:
        path.rename(f"{path}.1")
    output.write(b"two\n")
    output.write(b"three\n")
    assert [mark.length for mark in marks] == [0]
    assert marks[0].inode == path.stat().st_ino


def test_sighup_opens_the_file_again(path, output):
    with output.reopened_by_sighup():
        output.write(b"one\n")
        os.kill(os.getpid(), signal.SIGHUP)
        output.write(b"two\n")
    assert path.read_bytes() == b"one\ntwo\n"
    assert signal.getsignal(signal.SIGHUP) == signal.SIG_DFL


@pytest.mark.parametrize("length", range(13))
def test_the_file_is_cut_to_a_mark_at_a_line_end(path, length):
    text = b"one\ntwo\nhalf"
    path.write_bytes(text)
    facts = path.stat()
    with OutputFile(path, OutputMark(length, facts.st_dev, facts.st_ino)) as output:
        output.write(b"next\n")
    kept = text[:length] if length in (0, 4, 8) else text
    assert path.read_bytes() == kept + b"next\n"


@pytest.mark.parametrize(("device", "inode"), [(0, 1), (1, 0), (1, 1)])
def test_another_file_is_never_cut(path, device, inode):
    path.write_bytes(b"one\ntwo\n")
    facts = path.stat()
    with OutputFile(path, OutputMark(4, facts.st_dev + device, facts.st_ino + inode)):
        assert path.read_bytes() == b"one\ntwo\n"


@pytest.mark.parametrize("kind", ["folder", "pipe", "missing folder"])
def test_what_cannot_be_appended_to_is_refused(tmp_path, kind):
    path = tmp_path / "x"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path = path / "y"
    with pytest.raises(MccError) as caught:
        OutputFile(path)
    assert caught.value.code == "E-OUTPUT"


def test_a_loop_of_links_is_refused(tmp_path):
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    for kind in (OutputFile, StateFile):
        with pytest.raises(MccError) as caught:
            kind(loop)
        assert caught.value.code == "E-OUTPUT"


@pytest.mark.parametrize("mark", [None, OutputMark(0, 1, 2), OutputMark(7, 8, 9)])
def test_a_state_file_keeps_the_mark(tmp_path, mark):
    StateFile(tmp_path / "at").save(PLACE, mark)
    assert StateFile(tmp_path / "at").load() == (PLACE, mark)


def test_a_state_file_of_an_older_mcc_has_a_length_only(tmp_path):
    (tmp_path / "at").write_text(json.dumps({"position": str(PLACE), "output": 7}))
    assert StateFile(tmp_path / "at").load() == (PLACE, OutputMark(7))


@pytest.mark.parametrize(
    "output", ["x", -1, 1.5, True, [1, 2], [1, 2, -3], [1, 2, "3"], [1, 2, 3, 4], {"length": 1}]
)
def test_a_state_file_with_another_output_is_refused(tmp_path, output):
    (tmp_path / "at").write_text(json.dumps({"position": str(PLACE), "output": output}))
    with pytest.raises(MccError) as caught:
        StateFile(tmp_path / "at").load()
    assert caught.value.code == "E-FILE"


@pytest.mark.parametrize("digits", [20, 21, 5000])
def test_a_position_with_huge_numbers_is_refused(tmp_path, digits):
    place = str(PLACE).replace("/5/", f"/{'9' * digits}/")
    (tmp_path / "at").write_text(json.dumps({"position": place, "output": None}))
    if digits == 20:
        assert StateFile(tmp_path / "at").load()
        return
    with pytest.raises(MccError) as caught:
        StateFile(tmp_path / "at").load()
    assert caught.value.code == "E-FILE"
