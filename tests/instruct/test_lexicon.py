"""Reading lexicon files: what a mistake is reported as."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from scenic_iot.home.catalogue import load_catalogue
from scenic_iot.instruct.check import check
from scenic_iot.instruct.generate import Generator
from scenic_iot.instruct.lexicon import LANGUAGES, LexiconError, load_lexicon, read_lexicon
from scenic_iot.instruct.mix import Mix


def write(root: Path, text: str) -> Path:
    (root / "en").mkdir(exist_ok=True)
    path = root / "en" / "light.yaml"
    path.write_text(text, encoding="utf-8")
    return path


GOOD = """devices: [light]
words: {soon: [soon, shortly]}
phrases:
- says: "* power=off"
  direct: ["turn off {thing} {soon}", "put out {thing}"]
- says: "* brightness={number}"
  direct: ["set {thing} to {number}"]
"""


def test_a_good_file(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    lexicon = read_lexicon("en", load_catalogue(), tmp_path)
    assert [group.says for group in lexicon.groups] == ["* power=off", "* brightness={number}"]
    assert next(lexicon.phrases()).text == "turn off {thing} {soon}"
    assert ("lamp", "lamps") in lexicon.nouns["light"]


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("power=off", "power=dim", 4, "no value 'dim'"),
        ("* power=off", "* volume=max", 4, "no attribute 'volume'"),
        ("* power=off", "reject never", 4, "unknown rejection"),
        ("* power=off", "power off", 4, "is not `DEVICE ATTRIBUTE=VALUE`"),
        ("[light]", "[lamp]", 1, "no device 'lamp'"),
        ("put out {thing}", "put out {stuff}", 5, "unknown slot {stuff}"),
        ("put out {thing}", "put (out {thing}", 5, "not closed"),
        ("put out {thing}", "put {thing} out {in_area}", 5, "more than one of"),
        ("to {number}", "up", 7, "{number} of `says` is missing"),
        ("* power=off", "*@others power=off", 5, "needs {area} or {in_area}"),
        ('direct: ["set', 'directly: ["set', 7, "unknown field"),
        ("{soon: [soon, shortly]}", "{thing: [soon]}", 2, "taken by a slot"),
        ("devices: [light]", "devices: [light", 2, "is not YAML"),
    ],
)
def test_mistakes_name_file_and_line(tmp_path: Path, old: str, new: str, line: int, message: str) -> None:
    path = write(tmp_path, GOOD.replace(old, new))
    with pytest.raises(LexiconError) as caught:
        read_lexicon("en", load_catalogue(), tmp_path)
    assert caught.value.file == str(path)
    assert caught.value.line == line
    assert message in str(caught.value)


def test_the_others_are_all_but_the_place_that_is_named() -> None:
    generator = Generator(load_lexicon("en"), load_catalogue(), Mix(name=0.0))
    rng = random.Random(1)
    found = [said for _, said, _ in generator.clauses.every(rng) if "@others" in said.group.says]
    assert len(found) > 20
    for said in found:
        assert all(re.match(r"[a-z_]+@all-[a-z_#0-9]+ ", action) for action in said.actions)


def test_all_mistakes_are_found_at_once(tmp_path: Path) -> None:
    write(tmp_path, GOOD.replace("put out {thing}", "put out {stuff}").replace("to {number}", "up"))
    mistakes: list[LexiconError] = []
    read_lexicon("en", load_catalogue(), tmp_path, mistakes)
    assert [mistake.line for mistake in mistakes] == [5, 7]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_packaged_lexicon(language: str) -> None:
    report = check(language)
    assert report.mistakes == []
    assert report.conflicts == []
    assert report.repeats == []
    assert report.unsaid == []


def test_its_size() -> None:
    assert sum(check(language).patterns for language in LANGUAGES) >= 25_000
