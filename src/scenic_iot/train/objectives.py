"""What training minimises: cross-entropy, alone or with a loss that shapes the space of `Output.pooled`.

* `cross_entropy`: the mean over the places that count.
* `triplet`, as the SCENIC paper writes it: ½(CE(anchor) + CE(positive)) + α·max(0, m + d(a, p) − d(a, n)), where d is
  1 − cosine, or the Euclidean distance of unit vectors for an encoder-only model.
* `supervised_contrastive` (Khosla et al. 2020, arXiv 2004.11362, L_out of equation 2), without a projection: cross-
  entropy + α times the mean over the anchors of −log softmax(z_i·z_p / τ), averaged over the positives p of each.

Partners come from the batch itself, found on the device from what is there (`partners`): a positive has the anchor's
command, a negative another one. `arrange` lays batches out so that most rows have both, so no row is encoded twice.
Every row of the batch is an anchor or a positive, so the mean cross-entropy of the batch is the ½(CE + CE) above.
Rows without a partner count in the cross-entropy alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from scenic_iot.model.base import PAD, Family, Output
from scenic_iot.text.tokenizer import UNK

from .arrange import keys
from .recipe import Objective as Name
from .recipe import TrainSettings

MARGINS: dict[Family, float] = {"encoder": 0.25, "decoder": 0.5, "encoder_decoder": 0.5}
"""The paper's margins."""


@dataclass(frozen=True, slots=True)
class Objective:
    """The loss of a batch, as a scalar."""

    name: Name = "cross_entropy"
    label_smoothing: float = 0.0
    token_dropout: float = 0.0
    specials: int = 0
    """Token ids below this are never dropped."""
    alpha: float = 0.1
    margin: float = 0.5
    temperature: float = 0.1
    euclidean: bool = False
    """Whether distances are Euclidean."""

    @classmethod
    def of(cls, settings: TrainSettings, family: Family, specials: int = 0) -> Objective:
        """What a recipe asks for. Token ids below `specials` are never dropped."""
        return cls(
            settings.objective,
            settings.label_smoothing,
            settings.token_dropout,
            specials,
            settings.alpha,
            settings.margin or MARGINS[family],
            settings.temperature,
            euclidean=family == "encoder",
        )

    def __call__(self, model: nn.Module, source: Tensor, target: Tensor) -> Tensor:
        """The loss of a model on tokens (B, S) and the symbols (B, T) that it should write."""
        read = source
        if self.token_dropout:
            dropped = (torch.rand(source.shape, device=source.device) < self.token_dropout) & (source >= self.specials)
            read = source.masked_fill(dropped, UNK)
        output: Output = model(read, target)
        loss = cross_entropy(output, self.label_smoothing)
        if self.name == "cross_entropy":
            return loss
        with torch.autocast(source.device.type, enabled=False):  # near vectors differ by less than bfloat16 tells
            return loss + self.alpha * self._contrast(output.pooled.float(), source, target)

    def _contrast(self, pooled: Tensor, source: Tensor, target: Tensor) -> Tensor:
        """The part that shapes the space of `pooled` (B, W)."""
        pooled = functional.normalize(pooled, dim=1)
        if self.name == "triplet":
            return triplet_loss(pooled, partners(source, target), self.margin, self.euclidean)
        return supervised_contrastive_loss(pooled, keys(target), self.temperature)


def cross_entropy(output: Output, label_smoothing: float = 0.0) -> Tensor:
    """The mean over the places that count."""
    logits, gold = output.logits.float().flatten(0, 1), output.gold.flatten()
    return functional.cross_entropy(logits, gold, ignore_index=PAD, label_smoothing=label_smoothing)


class Partners(NamedTuple):
    """For each of B rows, the row of its positive and of its negative, and whether it has both; each (B,)."""

    positive: Tensor
    negative: Tensor
    whole: Tensor


@torch.no_grad()
def partners(source: Tensor, target: Tensor) -> Partners:
    """The partners of each row among tokens (B, S) with targets (B, T).

    The positive has the same target and shares the fewest tokens. The negative has another target: the one that shares
    the most symbols (device, area, attribute, value) and, of equals, the most tokens; so it is the hardest by meaning
    and by wording, as in the paper, and not the nearest in a space that is only being made.
    """
    key = keys(target)
    real = (target != PAD).any(dim=1)
    same = (key[:, None] == key[None]) & real[:, None] & real[None]
    other = (key[:, None] != key[None]) & real[:, None] & real[None]
    same.fill_diagonal_(False)
    sentences, commands = likeness(source), likeness(target)
    positive = (-sentences).masked_fill(~same, -torch.inf).argmax(dim=1)
    negative = (commands + 0.5 * sentences).masked_fill(~other, -torch.inf).argmax(dim=1)
    return Partners(positive, negative, same.any(dim=1) & other.any(dim=1))


def likeness(rows: Tensor) -> Tensor:
    """The Jaccard likeness (B, B) of the sets of ids in rows (B, L); padding is none."""
    bags = torch.zeros(len(rows), _BAG, device=rows.device)
    bags.scatter_(1, rows % _BAG, 1)
    bags[:, PAD] = 0
    both = bags @ bags.T
    sizes = bags.sum(dim=1)
    return both / (sizes[:, None] + sizes[None] - both).clamp(min=1)


_BAG = 4096
"""Ids are taken modulo this: vocabularies are about as large, and what falls together blurs a likeness a little."""


def triplet_loss(pooled: Tensor, found: Partners, margin: float, euclidean: bool = False) -> Tensor:
    """The mean of max(0, m + d(a, p) − d(a, n)) over the rows that have both partners; pooled (B, W) unit vectors."""
    positive = distance(pooled, pooled[found.positive], euclidean)
    negative = distance(pooled, pooled[found.negative], euclidean)
    losses = functional.relu(margin + positive - negative)
    return (losses * found.whole).sum() / found.whole.sum().clamp(min=1)


def distance(left: Tensor, right: Tensor, euclidean: bool = False) -> Tensor:
    """The distance (B,) of unit vectors (B, W): 1 − cosine, or Euclidean."""
    if euclidean:
        return (left - right).pow(2).sum(dim=1).clamp(min=1e-12).sqrt()
    return 1 - (left * right).sum(dim=1)


def supervised_contrastive_loss(pooled: Tensor, key: Tensor, temperature: float) -> Tensor:
    """L_out of Khosla et al. for unit vectors (B, W), those of equal `key` (B,) being positives of one another.

    All rows but the anchor itself and filler (key 0) are in its softmax; anchors without a positive are left out.
    """
    real = key != 0
    mine = torch.eye(len(key), dtype=torch.bool, device=key.device)
    scores = (pooled @ pooled.T / temperature).masked_fill(mine | ~real[None], -1e9)
    log_shares = scores.log_softmax(dim=1)
    same = (key[:, None] == key[None]) & ~mine & real[None] & real[:, None]
    counts = same.sum(dim=1)
    losses = -(log_shares * same).sum(dim=1) / counts.clamp(min=1)
    anchors = counts > 0
    return (losses * anchors).sum() / anchors.sum().clamp(min=1)
