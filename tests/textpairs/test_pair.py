import pytest

from scenic_iot.textpairs.pair import compared, stripped

VARIANTS = (
    "好的，已打开灯；已关闭空调。",
    "好的,已打开灯;已关闭空调",
    " 好的 , 已打开灯 ； 已关闭空调 . ",
    "好的、已打开灯;已关闭空调！",
)


@pytest.mark.parametrize("same", VARIANTS)
def test_variants_of_punctuation_and_spaces_are_the_same(same: str) -> None:
    assert compared(same) == "好的已打开灯已关闭空调"


def test_marks_of_a_number_count() -> None:
    assert compared("调到 26.5 度") != compared("调到 265 度")
    assert compared("调到26.") == compared("调到26")
    assert compared("CCTV-1") != compared("CCTV1")
    assert compared("调到２６度") == compared("调到26度")
    assert compared("10:30 关灯") != compared("1030 关灯")


def test_nothing_but_marks_around_a_text_goes() -> None:
    assert stripped("。打开灯，再关掉空调。 ") == "打开灯，再关掉空调"
    assert stripped("。，") == ""
