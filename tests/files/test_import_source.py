"""A file to import as UTF-8 that can be read twice: encodings, BOMs, damage."""

from __future__ import annotations

import codecs
import gzip
import zlib

import pytest

from mcc_cli.errors import MccError
from mcc_cli.files import limits, source, spool, utf8

pytestmark = pytest.mark.unit

TEXT = "name,industry\nZoë,Töne\n"


@pytest.fixture
def read(tmp_path):
    """Read a file of these bytes twice; the text, the length of its BOM and the warning."""

    def call(content, encoding=None):
        path = tmp_path / "file.csv"
        path.write_bytes(content)
        with source.opened(path, encoding) as opened:
            first, again = b"".join(opened.blocks()), b"".join(opened.blocks())
            assert first == again
            return first.decode(), opened.skip, opened.warning

    return call


CODECS = ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
MARKS = {
    "utf-8": codecs.BOM_UTF8,
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
    "utf-32-le": codecs.BOM_UTF32_LE,
    "utf-32-be": codecs.BOM_UTF32_BE,
}


@pytest.mark.parametrize("codec", CODECS)
def test_a_bom_says_the_encoding_and_is_no_part_of_the_text(read, codec):
    content = MARKS[codec] + TEXT.encode(codec)
    short = {"utf-8": "utf-8-sig"}.get(codec, codec[:6])
    for named in (None, codec, codec.upper(), short):
        assert read(content, named) == (TEXT, len(MARKS[codec]), None), named


@pytest.mark.parametrize("codec", CODECS)
def test_an_encoding_that_is_named_needs_no_bom(read, codec):
    assert read(TEXT.encode(codec), codec) == (TEXT, 0, None)


def test_utf_16_and_utf_32_without_a_bom_are_those_of_windows(read):
    assert read(TEXT.encode("utf-16-le"), "utf-16") == (TEXT, 0, None)
    assert read(TEXT.encode("utf-32-le"), "utf-32") == (TEXT, 0, None)
    assert read(TEXT.encode(), "utf-8-sig") == (TEXT, 0, None)


def test_a_mark_later_in_the_text_stays(read):
    text = "name\n\ufeffAcme\n"
    assert read(codecs.BOM_UTF16_LE + text.encode("utf-16-le"))[0] == text


def test_text_across_blocks_is_whole(read):
    text = "name\n" + "é𝄞" * 200_000
    assert read(text.encode("utf-16-be"), "utf-16-be")[0] == text
    assert read(text.encode("utf-8"))[0] == text


@pytest.mark.parametrize(
    "name", ["nonsense", "hex", "rot13", "zlib", "base64", "", "a\0b", "é" * 300]
)
def test_an_unknown_encoding_is_wrong_usage(read, name):
    with pytest.raises(MccError, match="no such encoding") as caught:
        read(TEXT.encode(), name)
    assert caught.value.exit == 2


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (TEXT.encode("cp1252"), "utf-8"),
        (b"\xef\xbb\xbf" + TEXT.encode("cp1252"), "utf-8-sig"),
        (TEXT.encode("utf-16-le") + b"x", "utf-16"),
        (b"\xff\xfe" + b"\x00\xd8a\x00", "utf-16"),
        (TEXT.encode(), "utf-32"),
        (TEXT.encode(), "ascii"),
        (TEXT.encode(), "undefined"),
        (b"+2AA-", "utf-7"),
    ],
)
def test_bytes_that_are_not_of_the_named_encoding_are_refused(read, content, named):
    with pytest.raises(MccError, match="this is not ") as caught:
        read(content, named)
    assert (caught.value.code, caught.value.exit) == ("E-BYTES", 4)


PACKED = gzip.compress(b"name\n" + bytes(range(256)) * 50, mtime=0)


@pytest.mark.parametrize(
    "content",
    [
        PACKED[:-9],
        PACKED[:30],
        PACKED[:2],
        PACKED[:10] + b"\xff" * 20 + PACKED[30:],
        PACKED[:-8] + b"\0" * 8,
        PACKED + b"more",
    ],
)
def test_a_damaged_gzip_is_told(read, content):
    with pytest.raises(MccError, match="the gzip file is damaged or cut off: ") as caught:
        read(content)
    assert (caught.value.code, caught.value.exit) == ("E-FILE", 4)


def test_the_damage_of_one_of_them_is_that_of_its_packing(read):
    with pytest.raises(zlib.error):
        gzip.decompress(PACKED[:10] + b"\xff" * 20 + PACKED[30:])


def test_several_gzips_in_one_file_are_one_text(read):
    assert (
        read(gzip.compress(b"name\n", mtime=0) + gzip.compress(b"Acme\n", mtime=0))[0]
        == "name\nAcme\n"
    )
    assert read(gzip.compress(TEXT.encode("utf-16")))[0] == TEXT


def bomb(size=60_000_000):
    """A gzip of a thousandth of its content's size."""
    return gzip.compress(b"a,b\n" + b"x" * size, mtime=0)


def test_a_gzip_that_unpacks_to_too_much_is_refused_before_it_fills_the_disk(read, monkeypatch):
    written = 0
    make = spool.tempfile.TemporaryFile

    def counting():
        file = make()
        write = file.write

        class Counting:
            def write(self, data):
                nonlocal written
                written += len(data)
                return write(data)

            def __getattr__(self, name):
                return getattr(file, name)

        return Counting()

    monkeypatch.setattr(spool.tempfile, "TemporaryFile", counting)
    for content in (bomb(), gzip.compress(b"a\n", mtime=0) + bomb()):
        written = 0
        with pytest.raises(MccError, match="more than 200 times its size") as caught:
            read(content)
        assert (caught.value.code, caught.value.exit) == ("E-FILE", 4)
        assert written < limits.SMALL + 2 * limits.MOST_TIMES * 128 * 1024


def test_a_gzip_that_packs_well_and_is_small_or_honest_is_read(read):
    assert len(read(gzip.compress(b"x" * 10_000_000))[0]) == 10_000_000
    row = b"a row of a list of keywords, as they are: %d\n"
    content = b"".join(row % number for number in range(500_000))
    assert len(content) > limits.SMALL
    assert read(gzip.compress(content))[0] == content.decode()


@pytest.mark.parametrize("content", [b"", gzip.compress(b"", mtime=0)])
def test_an_empty_file_is_told(read, content):
    with pytest.raises(MccError, match="the file is empty"):
        read(content)


def test_a_folder_and_a_file_that_is_missing_are_told(tmp_path):
    for path, reason in ((tmp_path, "directory"), (tmp_path / "x.csv", "No such file")):
        with (
            pytest.raises(MccError, match=f"cannot read the file: .*{reason}"),
            source.opened(path),
        ):
            pass


def test_an_error_of_whoever_reads_is_not_kept_back(tmp_path):
    path = tmp_path / "file.csv.gz"
    path.write_bytes(gzip.compress(b"name\n", mtime=0))
    with pytest.raises(OSError, match="of the reader"), source.opened(path):
        raise OSError("of the reader")


MIXED = {
    "a character of UTF-8 before it": ("Zoë\nx\n".encode() + b"Caf\xe9\n", 3, 0xE9),
    "as many after it": (b"Caf\xe9\n" + "Zoë\n".encode(), 1, 0xE9),
    "a mark": (codecs.BOM_UTF8 + b"name\r\nCaf\xe9\r\n", 2, 0xE9),
    "cut off at its end": ("Zoë\rCafé".encode()[:-1], 2, 0xC3),
    "a long character broken": ("𝄞\r\n\r\n".encode() + "𝄞".encode()[:3] + b"\n", 3, 0xF0),
    "a surrogate": ("é\n".encode() + b"\xed\xa0\x80", 2, 0xED),
}


@pytest.mark.parametrize("block", [1, 2, 3, 5, 1000])
@pytest.mark.parametrize("case", MIXED)
def test_damaged_utf_8_is_named_and_not_taken_for_another(read, monkeypatch, case, block):
    monkeypatch.setattr(spool, "BLOCK", block)
    content, line, byte = MIXED[case]
    for named in (None, "utf-8"):
        with pytest.raises(MccError) as caught:
            read(content, named)
        error = caught.value
        told = (error.code, error.line, error.message)
        assert told == ("E-BYTES", line, f"this is not UTF-8 at line {line}: byte 0x{byte:02X}")
        assert "--encoding cp1252" in error.fix


@pytest.mark.parametrize("block", [1, 7, 1000])
@pytest.mark.parametrize(
    "text", ["Zoë\n", "Öl für Ärzte\né\nü\n", "naïve café – “quoted”\n", "é" * 50 + "Ã©\n"]
)
def test_what_is_hardly_utf_8_is_cp1252(read, monkeypatch, text, block):
    monkeypatch.setattr(spool, "BLOCK", block)
    found, _, warning = read(text.encode("cp1252"))
    assert (found, "read as cp1252" in warning) == (text, True)


def test_a_wide_file_is_known_by_its_nul_bytes_alone():
    assert utf8.wide_order("name;Größe\n".encode("utf-16-le")) == "utf-16-le"
    assert utf8.wide_order("name;Größe\n".encode("utf-16-be")) == "utf-16-be"
    for other in (b"name\n", b"a\0b\n", b"a\0", b"\0\0\0\0", "name".encode("utf-32-le")):
        assert utf8.wide_order(other) is None
