import pytest
import torch

from scenic_iot.model.layers import MASKED, Dropout, RelativeBias


@pytest.mark.parametrize("causal", [False, True])
def test_a_bias_depends_on_the_distance_alone(causal: bool) -> None:
    positions = RelativeBias(heads=3, longest=40, causal=causal)
    torch.nn.init.normal_(positions.weight)
    bias = positions(30, 30)[0]
    assert bias.shape == (3, 30, 30)
    torch.testing.assert_close(bias[:, 1:, 1:], bias[:, :-1, :-1])
    torch.testing.assert_close(positions(2, 30)[0], bias[:, -2:])
    before, after = bias[:, 20, 10], bias[:, 10, 20]
    assert not torch.allclose(before, after)
    assert bool((after < MASKED / 2).all()) == causal


def test_near_distances_differ_and_far_ones_share() -> None:
    positions = RelativeBias(heads=1, longest=200, causal=False)
    near = positions.bucket[:8].tolist()
    assert len(set(near)) == 8
    assert positions.bucket[150] == positions.bucket[199]
    assert positions.bucket.max() < 32


def test_dropout_drops_the_same_channels_at_all_places() -> None:
    dropped = Dropout(0.5)(torch.ones(4, 7, 64))
    torch.testing.assert_close(dropped, dropped[:, :1].expand(-1, 7, -1))
    assert sorted(dropped.unique().tolist()) == [0.0, 2.0]
