"""Many embeddings at once, by the quantised backbone as it runs in the field."""

import numpy as np

from app.backbone.head_rows import Embed
from dsp.vector import Float32Array
from models.accelerator.config import Cpu
from models.accelerator.model_input import to_counts
from models.accelerator.tflite_model import TfliteModel
from models.accelerator.worker_process import Worker


def int8_embedder(model: TfliteModel) -> Embed:
    """Return a function that runs the quantised backbone on the CPU, one after the other."""

    def embed(spectra: Float32Array) -> Float32Array:
        worker = Worker(Cpu(), model, start_s=60.0, deadline_s=5.0)
        try:
            said = [worker.run(to_counts(one, model)[0]).values for one in spectra]
        finally:
            worker.close()
        counts = np.asarray(said, dtype=np.int8).reshape(len(spectra), model.output.size)
        return model.output.values(counts)

    return embed
