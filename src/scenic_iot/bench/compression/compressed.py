"""Making one variant of a dense model: prune and recover, shrink and distil, or train on with rounded weights."""

from __future__ import annotations

import copy
from dataclasses import replace

from scenic_iot.compress.aware import Bits, rounding
from scenic_iot.compress.calibrate import Calibration, on_device
from scenic_iot.compress.distill import Distillation
from scenic_iot.compress.recover import Lessons, Pruner, recover
from scenic_iot.compress.schedule import Schedule
from scenic_iot.compress.shrink import shrink
from scenic_iot.model.base import Model

from .plan import SHRUNK, Variant, left_of

LONGER = 3
"""Distillation lasts so many times as long as a recovery: a smaller model has more to learn again."""


def compress(dense: Model, variant: Variant, lessons: Lessons, data: Calibration) -> Model:
    """The variant of a dense model, which is left as it is; on the processor, in evaluation mode.

    Raises ValueError where the model cannot be compressed so, TrainingError.
    """
    if variant.method == "dense" and variant.schedule == "none":
        return dense
    model = copy.deepcopy(dense).to(lessons.machine.device)
    if variant.prunes:
        schedule = Schedule(variant.shape(), variant.sparsity / 100, lessons.steps)
        batches = on_device(data.batches, lessons.machine.device)
        recover(model, lessons, pruner=Pruner(model, variant.pruning(), schedule, batches))
    elif variant.method in SHRUNK:
        batches = on_device(data.batches, lessons.machine.device)
        small = shrink(model, left_of(dense, SHRUNK[variant.method]), batches)
        smoothing = lessons.settings.label_smoothing
        longer = replace(lessons, steps=LONGER * lessons.steps)
        recover(small, longer, objective=Distillation(model.eval(), label_smoothing=smoothing))
        model = small
    elif variant.schedule.startswith("aware-"):
        bits: Bits = 4 if variant.schedule.endswith("4") else 8
        with rounding(model, bits):
            recover(model, lessons)
    else:
        recover(model, lessons)
    return model
