"""What an answer costs: milliseconds a sentence on one core, seconds to import and load, memory, bytes.

Importing, loading and memory are measured in a process of their own, as a user would start it.
"""

from __future__ import annotations

import json
import platform
import statistics
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from scenic_iot.home.homefile import load_home
from scenic_iot.runtime.bundle import load_bundle
from scenic_iot.runtime.pipeline import Interpreter

SENTENCES = (
    "把客厅的灯关了",
    "灯太暗了，亮一点",
    "半小时后关掉卧室的空调，再把窗帘拉上",
    "空调调到二十六度",
    "明天提醒我买牛奶",
    "kill the lights in the living room",
    "could you please make the kitchen a bit brighter",
    "set the thermostat to 70 degrees at 6:30 am every weekday",
    "vacuum the bedroom and turn off the tv",
    "what's the weather like in paris",
)
_STARTED = """
import json, resource, time
began = time.perf_counter()
import scenic_iot
imported = time.perf_counter()
home = scenic_iot.load({model!r}, {home!r})
loaded = time.perf_counter()
home("lights off")
try:  # ru_maxrss holds what the process that started this one had; VmHWM does not
    peak = [line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")][0]
except (OSError, IndexError):
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # macOS counts bytes
print(json.dumps([imported - began, loaded - imported, float(peak) / 1024]))
"""


def measure(model: Path | None = None, home: Path | None = None, rounds: int = 20) -> dict[str, Any]:
    """All figures: latency in ms by beams, import and load in s, peak memory in MiB, bytes by file, machine, date."""
    bundle = load_bundle(model)
    household = load_home(home, bundle.catalogue) if home else None
    latency = {}
    for name, beams in (("greedy", 1), ("5 beams", 5)):
        interpreter = Interpreter(bundle, household, beams=beams, threads=1)
        latency[name] = _time(interpreter, rounds)
    starts = [_start(model, home) for _ in range(3)]
    imported, loaded, peak = (statistics.median(column) for column in zip(*starts, strict=True))
    sizes = {path.name: path.stat().st_size for path in sorted(bundle.path.iterdir()) if path.is_file()}
    return {
        "latency": latency,
        "import_s": imported,
        "load_s": loaded,
        "peak_mib": peak,
        "bytes": sizes,
        "bytes_total": sum(sizes.values()),
        "machine": f"{platform.machine()}, {platform.processor() or 'one core'}, Python {platform.python_version()}",
        "date": date.today().isoformat(),
    }


def _time(interpreter: Interpreter, rounds: int) -> dict[str, float]:
    for sentence in SENTENCES:
        interpreter(sentence)
    spent = []
    for _ in range(rounds):
        for sentence in SENTENCES:
            began = time.perf_counter()
            interpreter(sentence)
            spent.append(1000 * (time.perf_counter() - began))
    return {"median": float(np.median(spent)), "p95": float(np.percentile(spent, 95)), "runs": len(spent)}


def _start(model: Path | None, home: Path | None) -> tuple[float, float, float]:
    script = _STARTED.format(model=str(model) if model else None, home=str(home) if home else None)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    imported, loaded, peak = json.loads(done.stdout)
    return imported, loaded, peak
