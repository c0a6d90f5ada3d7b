"""Every format: its samples give what is expected of them, and damaged ones never a crash."""

from functools import cache

import pytest
from audit_samples import BESIDE, FOLDER, expected, given, read, samples
from hypothesis import HealthCheck, settings
from hypothesis import given as drawn
from hypothesis import strategies as st

from mcc_cli.audits import detect

pytestmark = pytest.mark.unit

SAMPLES = samples()
NAMES = [f"{each.parent.name}/{each.name}" for each in SAMPLES]


@pytest.mark.parametrize("sample", SAMPLES, ids=NAMES)
def test_a_sample_is_known_and_read_as_expected(sample):
    assert read(sample) == expected(sample)


@pytest.mark.parametrize("sample", SAMPLES, ids=NAMES)
def test_a_sample_is_known_by_its_content_as_of_its_format(sample):
    found = read(sample)
    if "error" in found:
        assert found["error"] in ("E-FILE", "E-FORMAT", "E-USAGE")
    else:
        assert {each["format"] for each in found["groups"]} == {sample.parent.name}


@pytest.mark.parametrize("name", detect.formats())
def test_a_format_has_samples_and_says_what_it_is(name):
    known = detect.formats()[name]
    assert [each for each in SAMPLES if each.parent.name == name]
    assert known.__doc__
    assert known.TITLE
    assert known.SOURCE


@cache
def files_of(name):
    """The files of a format's samples, those in folders too."""
    found = [each for each in (FOLDER / name).rglob("*") if each.is_file()]
    return sorted(each for each in found if not each.name.endswith(BESIDE))


CUTS = st.tuples(st.floats(0, 1), st.floats(0, 0.2), st.binary(max_size=8))


@pytest.mark.parametrize("name", detect.formats())
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@drawn(data=st.data(), cuts=st.lists(CUTS, min_size=1, max_size=4))
def test_damaged_bytes_are_findings_or_an_error(name, tmp_path, data, cuts):
    sample = data.draw(st.sampled_from(files_of(name)))
    content = sample.read_bytes()
    for where, length, bytes_ in cuts:
        start = int(where * len(content))
        content = content[:start] + bytes_ + content[start + int(length * len(content)) :]
    damaged = tmp_path / sample.name
    damaged.write_bytes(content)
    read(damaged, given(sample))
    read(damaged, given(sample), only=name)
