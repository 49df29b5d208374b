"""The only place that builds onnxruntime sessions.

One thread a session: the lane runs as many sessions as there is work, and threads inside a
session would fight with Whisper's workers for the same cores (measured: one-thread workers
use less CPU for the same result).

No memory is kept from run to run: windows have many lengths, and onnxruntime's own arena grew by
a hundred megabytes in an hour of one call. Asking the system each time costs no measurable time.
"""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import Any, Literal

# onnxruntime keeps a device id below HOME and reports usage unless told not to, before it loads.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import onnxruntime as ort

Provider = Literal["cpu", "cuda"]


def session(file: Path | bytes, *, provider: Provider = "cpu") -> Any:
    """An inference session of a file, or of a graph in memory. CUDA falls back to the CPU with a
    warning."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.enable_cpu_mem_arena = False
    options.enable_mem_pattern = False
    providers = ["CPUExecutionProvider"]
    if provider == "cuda":
        if "CUDAExecutionProvider" in ort.get_available_providers():
            providers.insert(0, "CUDAExecutionProvider")
        else:
            warnings.warn(
                "onnxruntime has no CUDA provider here, so classifiers run on the CPU; "
                "install onnxruntime-gpu or set models.provider to cpu",
                RuntimeWarning,
                stacklevel=2,
            )
    graph = file if isinstance(file, bytes) else str(file)
    return ort.InferenceSession(graph, options, providers=providers)
