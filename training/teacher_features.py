"""Features of a teacher (MobileNet on ImageNet, Apache-2.0) for photographs: what a small student may imitate while it learns words.

The teacher's own weights are read from the data folder, and are not part of what ships.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from tqdm import tqdm

from training.image_text_pairs import Picture, archive

MODEL = "models/coral/mobilenet_v1_1.0_224_quant_embedding_extractor.tflite"
DIMENSION = 1024
SIDE = 224


def features(data: Path, folder: Path, listed: list[Picture]) -> NDArray[np.float16]:
    """Shape (count, 1024), zeros for drawings; made once (28 ms a photograph) and then read from `folder`."""
    path = folder / f"teacher_{len(listed)}.npy"
    if path.exists():
        known: NDArray[np.float16] = np.load(path)
        return known
    from ai_edge_litert.interpreter import Interpreter

    teacher = Interpreter(str(data / MODEL), num_threads=1)
    teacher.allocate_tensors()
    into, out = teacher.get_input_details()[0]["index"], teacher.get_output_details()[0]["index"]
    found = np.zeros((len(listed), DIMENSION), np.float16)
    for n, one in enumerate(tqdm(listed, desc="teacher", mininterval=5)):
        if one.photo:
            picture = archive(data, one.set).picture(one.file)
            ground = Image.new("RGBA", picture.size, "white")
            ground.alpha_composite(picture)
            teacher.set_tensor(into, np.asarray(ground.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BICUBIC))[None])
            teacher.invoke()
            found[n] = teacher.get_tensor(out).reshape(-1) * 0.0235
    np.save(path, found)
    return found
