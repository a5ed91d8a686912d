import torch

from scenic_iot.train.arrange import NEIGHBOURS, arrange, keys


def made(count: int = 4_000) -> torch.Tensor:
    """Rows of three symbols: ten devices, four attributes, and some refusals; padded."""
    generator = torch.Generator().manual_seed(0)
    rows = torch.stack(
        [torch.randint(a, b, (count,), generator=generator) for a, b in ((3, 13), (20, 24), (30, 60))], 1
    )
    rows[rows[:, 2] > 50, 1:] = torch.tensor([2, 0])
    return torch.nn.functional.pad(rows, (0, 2)).short()


def test_equal_rows_have_equal_keys_whatever_the_padding() -> None:
    rows = torch.tensor([[5, 2, 0], [5, 2, 0], [2, 5, 0], [5, 0, 2], [0, 0, 0]])
    found = keys(rows).tolist()
    assert found[0] == found[1]
    assert len(set(found)) == 4
    assert found[4] == 0
    assert keys(torch.nn.functional.pad(rows, (0, 4))).tolist() == found
    assert len(set(keys(torch.cartesian_prod(*[torch.arange(3, 33)] * 3)).tolist())) == 30**3


def test_every_row_once_in_twos_with_near_commands() -> None:
    rows = made()
    order = torch.randperm(len(rows), generator=torch.Generator().manual_seed(1))
    found = arrange(rows, order)
    assert sorted(found.tolist()) == list(range(len(rows)))
    key = keys(rows)[found]
    paired = torch.zeros(len(rows), dtype=torch.bool)
    paired[:-1] |= key[:-1] == key[1:]
    paired[1:] |= key[1:] == key[:-1]
    assert paired.float().mean() > 0.8  # at random a row in three hundred has its like beside it
    devices = rows[found, 0].long()
    assert (devices[1:] == devices[:-1]).float().mean() > 1 - 1.5 / NEIGHBOURS
    assert len(set(devices[:400].tolist())) == 10  # and yet each batch holds all devices


def test_another_order_gives_another_arrangement() -> None:
    rows = made(600)
    orders = [torch.randperm(600, generator=torch.Generator().manual_seed(seed)) for seed in (1, 2, 1)]
    first, second, again = (arrange(rows, order).tolist() for order in orders)
    assert first == again
    assert sum(a == b for a, b in zip(first, second, strict=True)) < 60
