import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scenic_iot.text.normalise import MAX_CHARACTERS, normalise


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Turn OFF the Lights!", "turn off the lights"),
        ("把客廳的燈關了，謝謝！", "把客厅的灯关了谢谢"),
        ("請開著燈", "请开着灯"),
        ("打 开 客 厅 灯", "打开客厅灯"),
        ("把 TV 调到 50 ％", "把tv调到50%"),
        ("50 %", "50%"),
        ("26 °C, please", "26°c please"),
        ("26º", "26°"),
        ("26.5 度。", "26.5度"),
        ("at 3 p. m. turn it on", "at 3 pm turn it on"),
        ("3p.m.关灯", "3 pm关灯"),
        ("3 a m", "3 am"),
        ("10 : 30", "10:30"),
        ("10：30pm", "10:30 pm"),
        ("1,000 lux", "1000 lux"),
        ("ok.turn,on", "ok turn on"),
        ("the T.V. and the A.C.", "the tv and the ac"),
        ("put the t v on H D M I 2", "put the tv on hdmi 2"),
        ("a car", "a car"),
        ("don’t", "don't"),
        ("'quoted' kids' room", "quoted kids room"),
        ("CCTV-1", "cctv-1"),
        ("wi-fi – on", "wi fi on"),
        ("−5 degrees", "-5 degrees"),
        ("20～25度", "20-25度"),
        ("lights +10%", "lights +10%"),
        ("½", "1/2"),
        ("二〇", "二零"),
        ("café Größe", "cafe grosse"),
        ("٣ lights", "3 lights"),
        ("light\u200b s\ton\x07\r\n", "light s on"),
        ("🙂灯👍🏽 1️⃣", "灯1"),
        ("二十六度", "二十六度"),
        ("", ""),
        ("?!。…", ""),
    ],
)
def test_one_way_of_writing(written: str, expected: str) -> None:
    assert normalise(written) == expected


def test_placeholders_are_dropped_unless_asked_for() -> None:
    assert normalise("打开\ue000灯") == "打开灯"
    assert normalise("打开 \ue000 灯", placeholders=True) == "打开\ue000灯"


def test_the_beginning_of_long_text_is_kept() -> None:
    assert normalise("a" * 10_000) == "a" * MAX_CHARACTERS
    assert len(normalise("ﷺ" * 10_000)) <= MAX_CHARACTERS


@given(st.text(max_size=60) | st.text(alphabet="ap0123456789 .,:'-+/~%°m中a", max_size=30))
@example("1.1:2-3 a. m.")
@example("5 : :5")
def test_normal_text_stays_as_it_is(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
    assert once == once.strip()
    assert "  " not in once
    assert not any("\ue000" <= char <= "\uf8ff" for char in once)


@given(st.text(alphabet="a1.:' ", min_size=380, max_size=900))
def test_cutting_leaves_normal_text(text: str) -> None:
    once = normalise(text)
    assert len(once) <= MAX_CHARACTERS
    assert normalise(once) == once
