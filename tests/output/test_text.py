"""Text that is shown: what cannot be seen is spelled out."""

from __future__ import annotations

import io
import unicodedata

import pytest

from mcc_cli.errors import MccError
from mcc_cli.output import problems, text

pytestmark = pytest.mark.unit

HIDDEN = (
    "\u00a0\u00ad\u061c\u180e\u200b\u200e\u200f\u2060\ufeff\u202a\u202e\u2066\u2069\u2028\x1b\x85"
)


@pytest.mark.parametrize("char", HIDDEN, ids=lambda char: f"U+{ord(char):04X}")
def test_what_cannot_be_seen_is_spelled_out(char):
    shown = text.visible(f"a{char}b")
    assert shown == f"a{char.encode('unicode_escape').decode()}b"
    assert text.visible_lines(f"x\na{char}b") == f"x\n{shown}"


@pytest.mark.parametrize(
    "shown", ["é", "e\u0301", "木", "👩\u200d👩\u200d👧", "نمی\u200cخواهم", "naïve – “x”"]
)
def test_what_can_be_seen_stays(shown):
    assert text.visible(shown) == shown


def test_every_control_and_format_character_is_spelled_out():
    for number in range(0x3100):
        char = chr(number)
        if unicodedata.category(char) in ("Cc", "Cf") and char not in "\u200c\u200d":
            if number in range(0x600, 0x606) or number in (0x6DD, 0x70F, 0x890, 0x891, 0x8E2):
                continue  # signs of Arabic and Syriac that are drawn
            assert text.visible(f"a{char}") != f"a{char}", hex(number)


def test_an_error_shows_them_in_its_value_and_its_hint():
    error = MccError("E-REF", "no brand", "a.csv:2", "Ac\u200bme", 'did you mean "Ac\u00a0me"?')
    out = io.StringIO()
    problems.write(error, out)
    assert 'value "Ac\\u200bme"' in out.getvalue()
    assert 'did you mean "Ac\\xa0me"?' in out.getvalue()
