"""Subject: which pixels of a picture are its main thing. Classical; knows neither names nor faces.

The colours of the border are taken for the background, GrabCut (Rother, Kolmogorov, Blake 2004; OpenCV) draws the line between the
two. Works for a thing before a calm background; a busy photograph gets a rough cut, and `certainty` says so.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Mask = NDArray[np.bool_]
_WORK = 320


@dataclass(frozen=True)
class Subject:
    """The main thing."""

    mask: Mask
    """True where the thing is, shape (h, w)."""
    certainty: float
    """0 to 1: how unlike the border the thing is, and how calm the border."""


def find_subject(pixels: Pixels) -> Subject:
    """The main thing of `pixels` (h, w, 3, RGB)."""
    import cv2

    height, width = pixels.shape[:2]
    scale = min(1.0, _WORK / max(height, width))
    small = cv2.resize(pixels, (max(8, round(width * scale)), max(8, round(height * scale))), interpolation=cv2.INTER_AREA)
    distance, calm = background_distance(small)
    threshold = max(12.0, _otsu(distance))
    sure = distance > threshold
    share = float(sure.mean())
    state = np.full(small.shape[:2], cv2.GC_PR_BGD, np.uint8)
    if 0.01 <= share <= 0.9:
        state[sure] = cv2.GC_PR_FGD
        core = cv2.erode(sure.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
        state[core & (distance > threshold * 1.6)] = cv2.GC_FGD
        state[distance < threshold * 0.35] = cv2.GC_BGD
    else:
        h, w = small.shape[:2]
        state[h // 8 : h - h // 8, w // 8 : w - w // 8] = cv2.GC_PR_FGD
    mask = _cut(small, state, sure)
    full = cv2.resize(mask.astype(np.uint8), (width, height), interpolation=cv2.INTER_LINEAR) > 0
    contrast = float(np.clip((distance[mask].mean() if mask.any() else 0.0) / 60.0, 0, 1))
    return Subject(full, round(contrast * calm, 3))


def _cut(small: Pixels, state: NDArray[np.uint8], sure: Mask) -> Mask:
    """GrabCut from `state`; `sure` when it finds nothing or everything."""
    import cv2

    if not ((state == cv2.GC_FGD) | (state == cv2.GC_PR_FGD)).any() or not ((state == cv2.GC_BGD) | (state == cv2.GC_PR_BGD)).any():
        return sure
    cv2.setRNGSeed(7)
    bgr = np.ascontiguousarray(small[..., ::-1])
    try:
        cv2.grabCut(bgr, state, None, np.zeros((1, 65)), np.zeros((1, 65)), 3, cv2.GC_INIT_WITH_MASK)
    except cv2.error:
        return sure
    mask: Mask = (state == cv2.GC_FGD) | (state == cv2.GC_PR_FGD)
    return mask if 0.003 < mask.mean() < 0.97 else sure


def background_distance(pixels: Pixels) -> tuple[NDArray[np.float32], float]:
    """Colour distance (CIELAB) of every pixel from the nearest border colour, and how calm the border is, 0 to 1."""
    import cv2

    lab = cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB).astype(np.float32)
    edge = max(1, round(min(lab.shape[:2]) * 0.04))
    border = np.concatenate([part.reshape(-1, 3) for part in (lab[:edge], lab[-edge:], lab[:, :edge], lab[:, -edge:])])
    count = min(4, len(border))
    cv2.setRNGSeed(7)
    _, labels, centres = cv2.kmeans(
        border, count, None, (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 20, 0.5), 2, cv2.KMEANS_PP_CENTERS
    )
    shares = np.bincount(labels.ravel(), minlength=count) / len(labels)
    # A thing that touches the edge must not pass for background: the smallest clusters are left out.
    order = np.argsort(-shares)
    needed = int(np.searchsorted(np.cumsum(shares[order]), 0.82)) + 1
    kept = centres[order[:needed]]
    distance = np.sqrt(((lab[:, :, None, :] - kept[None, None]) ** 2).sum(-1)).min(-1)
    spread = float(np.sqrt(((border - centres[labels.ravel()]) ** 2).sum(-1)).mean())
    return distance.astype(np.float32), float(np.clip(1.15 - spread / 22.0, 0.05, 1.0))


def _otsu(values: NDArray[np.float32]) -> float:
    """The threshold that splits `values` best into two groups (Otsu 1979)."""
    import cv2

    level, _ = cv2.threshold(np.clip(values, 0, 255).astype(np.uint8), 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    return float(level)
