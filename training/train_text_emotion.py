"""Trains the emotion of English words on GoEmotions (Apache-2.0): a head on MiniLM, and the weights of words and pairs.

    python training/train_text_emotion.py --data DIR

28 labels, several at once. Two readings are blended: logistic weights of words and pairs (which also tell which words carried a feeling),
and a head over the token states of MiniLM's lower half, which stays as it is. Split by the hash of the text: one part in eight is held
back for the report, one in ten of the rest chooses blend and thresholds and fits the way from 28 labels to seven. Chinese has no weights
here: see `tools/emotions/_words_zh.py`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import time
from pathlib import Path

import numpy as np
import torch
from accelerate import Accelerator
from safetensors.numpy import load_file, save_file
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, f1_score
from tqdm import tqdm

sys.path.insert(0, str(Path(__file__).parents[1]))
from assistant.evaluation.text_emotion import PARTS, comments, evaluate
from retrieval.token_states import DEPTH, TokenStates
from tools.emotions._tokens import features
from tools.emotions.base import FINE, GROUP_OF, LABELS
from tools.emotions.words import Weights, create, grouped
from training.data import folder, held_out
from training.minilm_states import WIDTH, Hidden, batches, tokenizer

TUNING = 10
RARE = 0.25
"""Power of one over a class's size by which its rows count more."""
TOKENS = 64
TOGETHER = 2048
"""Padded tokens a step."""
UNITS, VIEWS = 256, 8
OUT = Path(__file__).parents[1] / "tools" / "emotions" / "words.safetensors"


def read(data: Path) -> tuple[list[str], np.ndarray]:
    """Texts and their labels (n, 28)."""
    rows = comments(data)
    return [text for text, _ in rows], np.array([[name in labels for name in FINE] for _, labels in rows], np.float32)


def rarity_weights(labels: np.ndarray) -> np.ndarray:
    """How much a positive counts: the root of one over its share, 8 at most."""
    return np.minimum(8, (1 / labels.mean(0)) ** 0.5)


def word_weights(texts: list[str], labels: np.ndarray, fit: np.ndarray) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Logistic weights of words and pairs, one against the rest; and the logits of every text, (n, 28)."""
    table = TfidfVectorizer(analyzer=features, min_df=4)
    table.fit([texts[i] for i in np.flatnonzero(fit)])
    x, weights, bias = table.transform(texts).tocsr(), [], []
    for column, weight in enumerate(tqdm(rarity_weights(labels[fit]), desc="words")):
        model = LogisticRegression(C=2.0, max_iter=60, class_weight={0: 1, 1: weight}, solver="liblinear").fit(x[fit], labels[fit, column])
        weights.append(model.coef_[0])
        bias.append(model.intercept_[0])
    matrix = np.array(weights).T.astype(np.float16)
    packed = {
        "words.vocabulary": np.frombuffer("\n".join(table.get_feature_names_out()).encode("utf-8"), np.uint8),
        "words.rarity": table.idf_.astype(np.float16), "words.weight": matrix, "words.bias": np.array(bias, np.float32),
    }  # fmt: skip
    return packed, np.asarray(x @ matrix.astype(np.float32) + packed["words.bias"])


class Net(torch.nn.Module):
    """Over the token states of MiniLM's lower half: a wide layer, learned means and the strongest token of each unit, 28 logits."""

    def __init__(self) -> None:
        super().__init__()
        self.wide = torch.nn.Linear(WIDTH, UNITS)
        self.attend = torch.nn.Linear(UNITS, VIEWS, bias=False)
        self.head = torch.nn.Linear(2 * UNITS, len(FINE))
        self.drop = torch.nn.Dropout(0.3)

    def forward(self, states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Logits (n, 28) of states (n, length, 384)."""
        units = torch.nn.functional.gelu(self.wide(self.drop(states)), approximate="tanh")
        away = ~mask[..., None]
        shares = self.attend(units).masked_fill(away, -1e4).softmax(1)
        views = units.view(*units.shape[:2], VIEWS, -1)
        means = torch.einsum("nlv,nlvu->nvu", shares, views).flatten(1)
        return self.head(self.drop(torch.cat([means, units.masked_fill(away, -1e4).amax(1)], 1)))

    def packed(self) -> dict[str, np.ndarray]:
        """All that was learned, as fp16, weights as (in, out)."""
        return {name: value.detach().cpu().numpy().T.astype(np.float16) for name, value in self.state_dict().items()}


def train(net: Net, hidden: Hidden, labels: np.ndarray, fit: np.ndarray, options: argparse.Namespace, device: torch.device) -> None:
    """AdamW on the weighted logistic loss; a checkpoint after each epoch, taken up again when the script starts anew."""
    optimizer = torch.optim.AdamW(net.parameters(), lr=2e-3, weight_decay=0.05)
    rng = np.random.default_rng(options.seed)
    chosen = np.flatnonzero(fit)
    steps = options.epochs * (len(list(batches(chosen, hidden.lengths, TOGETHER))) + 10)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2e-3, total_steps=steps, pct_start=0.15)
    weight = torch.tensor(rarity_weights(labels[fit]), dtype=torch.float32, device=device)
    place, began = options.cache / "text_emotion.pt", 0
    if place.is_file():
        kept = torch.load(place, weights_only=True)
        net.load_state_dict(kept["net"])
        optimizer.load_state_dict(kept["optimizer"])
        schedule.load_state_dict(kept["schedule"])
        began = kept["epoch"]
    for epoch in range(began, options.epochs):
        net.train()
        for part in tqdm(list(batches(chosen, hidden.lengths, TOGETHER, rng)), desc=f"epoch {epoch + 1}", mininterval=5):
            states, mask = (t.to(device) for t in hidden.batch(part))
            wanted = torch.from_numpy(labels[part]).to(device)
            loss = torch.nn.functional.binary_cross_entropy_with_logits(net(states, mask), wanted, pos_weight=weight)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
        torch.save(
            {"net": net.state_dict(), "optimizer": optimizer.state_dict(), "schedule": schedule.state_dict(), "epoch": epoch + 1}, place
        )


@torch.no_grad()
def logits(net: Net, hidden: Hidden, chosen: np.ndarray, device: torch.device) -> np.ndarray:
    """Logits of the texts `chosen`, in their order."""
    net.eval()
    found = np.zeros((len(hidden.lengths), len(FINE)), np.float32)
    for part in batches(chosen, hidden.lengths, 4096):
        found[part] = net(*(t.to(device) for t in hidden.batch(part))).cpu().numpy()
    return found[chosen]


def thresholds(scores: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The logit of each label above which its F1 is best, smoothed: a rare label has few rows to choose by."""
    chosen = []
    for column in range(labels.shape[1]):
        grid = np.quantile(scores[:, column], np.linspace(0.4, 0.9995, 160))
        gains = np.array([f1_score(labels[:, column], scores[:, column] >= t, zero_division=0) for t in grid])
        smooth = np.convolve(np.pad(gains, 3, mode="edge"), np.ones(7) / 7, "valid")
        chosen.append(grid[smooth.argmax()])
    return np.array(chosen, np.float32)


def to_seven(sure: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weights (7, 7) and bias of the way from the probabilities of the 28, summed by group, to the logits of seven; rows of one group.

    Sums and maxima of probabilities and of logits, and all 28 logits, were compared by cross-validation within these rows: sums won.
    """
    groups = [{GROUP_OF[FINE[i]] for i in np.flatnonzero(row)} for row in labels]
    one = np.array([len(g) == 1 for g in groups])
    target = np.array([min(g) for g in groups])
    sizes = np.bincount(target[one], minlength=len(LABELS))
    weight = {n: float((sizes.mean() / s) ** RARE) for n, s in enumerate(sizes)}
    rows = grouped(sure)[one]
    means, spreads = rows.mean(0), rows.std(0)
    model = LogisticRegression(C=0.3, max_iter=2000, class_weight=weight).fit((rows - means) / spreads, target[one])
    weights = model.coef_.T / spreads[:, None]
    return weights.astype(np.float32), (model.intercept_ - means @ weights).astype(np.float32)


def sureness(scores: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Scale and shift of each label's logit to its probability (Platt)."""
    fitted = [LogisticRegression(C=1.0).fit(scores[:, [n]], labels[:, n]) for n in range(labels.shape[1])]
    return np.array([m.coef_[0, 0] for m in fitted], np.float32), np.array([m.intercept_[0] for m in fitted], np.float32)


def main() -> None:
    """Fit the words, train the head, blend, save; the card takes its scores from the shipped code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data")
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--cache", type=Path, default=Path(".work/cache"))
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seven", action="store_true", help="only fit the way from 28 labels to seven anew, to the weights that are there")
    options = parser.parse_args()
    began, data = time.time(), folder(options.data)
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    device = Accelerator().device
    texts, labels = read(data)
    held = np.array([held_out(text, PARTS) for text in texts])
    tune = ~held & np.array([held_out(f"tune {text}", TUNING) for text in texts])
    if options.seven:
        seven_anew(options, [text for text, own in zip(texts, tune, strict=True) if own], labels[tune])
        return
    fit = ~held & ~tune
    packed, by_words = word_weights(texts, labels, fit)
    ids = [encoding.ids for encoding in tokenizer(TOKENS).encode_batch(texts)]
    hidden = Hidden(ids, DEPTH, options.cache, "goemotions")
    net = Net().to(device)
    train(net, hidden, labels, fit, options, device)
    by_net = logits(net, hidden, np.flatnonzero(tune), device)
    shares = np.linspace(0, 1, 11)
    precision = [average_precision_score(labels[tune], s * by_net + (1 - s) * by_words[tune]) for s in shares]
    share = float(shares[int(np.argmax(precision))])
    print("share of MiniLM", share, "average precision", [round(float(p), 3) for p in precision])
    blended = share * by_net + (1 - share) * by_words[tune]
    packed |= net.packed() | {"share": np.array([share], np.float32), "thresholds": thresholds(blended, labels[tune])}
    packed["sure.scale"], packed["sure.shift"] = sureness(blended, labels[tune])
    packed["seven.weight"], packed["seven.bias"] = to_seven(probabilities(blended, packed), labels[tune])
    save_file({name: np.ascontiguousarray(value) for name, value in packed.items()}, options.out)
    write_card(options.out, data, options.cache, int(fit.sum()), time.time() - began, str(device))


def probabilities(scores: np.ndarray, packed: dict[str, np.ndarray]) -> np.ndarray:
    """Of each label, by the scales that were fitted."""
    return 1 / (1 + np.exp(-(scores * packed["sure.scale"] + packed["sure.shift"])))


def seven_anew(options: argparse.Namespace, texts: list[str], labels: np.ndarray) -> None:
    """Fit the way to seven once more and keep all else, the training that the card tells included."""
    packed, weights = load_file(options.out), Weights(options.out.read_bytes())
    states = TokenStates(options.cache, TOKENS)
    scores = np.array([weights.logits(text, states.of([text])[0])[0] for text in tqdm(texts, desc="read")])
    packed["seven.weight"], packed["seven.bias"] = to_seven(probabilities(scores, packed), labels)
    save_file({name: np.ascontiguousarray(value) for name, value in packed.items()}, options.out)
    told = json.loads(options.out.with_suffix(".card.json").read_text("utf-8"))["training"]
    write_card(options.out, folder(options.data), options.cache, told["rows"], told["seconds"], told["device"])


def write_card(out: Path, data: Path, cache: Path, rows: int, seconds: float, device: str) -> None:
    """The card beside the weights, with what the shipped code scores on the held-back part."""
    card = {
        "name": "emotion-words", "role": "emotion", "kind": "learned", "source": "training/train_text_emotion.py", "revision": "2",
        "sha256": hashlib.sha256(out.read_bytes()).hexdigest(), "licence": "Apache-2.0", "bytes": out.stat().st_size,
        "modalities": ["text"], "scores": {},
        "limits": "English comments of one platform; irony and context are beyond it; weakest in pride, relief and nervousness. "
        "Chinese goes by word lists, into seven classes.",
        "training": {
            "command": "python training/train_text_emotion.py --data DATA", "seconds": round(seconds), "device": device, "rows": rows,
            "data": {"GoEmotions": "Apache-2.0"},
        },
    }  # fmt: skip
    place = out.with_suffix(".card.json")
    place.write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n", "utf-8")
    card["scores"] = {score.name: round(score.value, 4) for score in evaluate(data, create(cache_dir=cache))}
    place.write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n", "utf-8")
    print(json.dumps(card["scores"]))


if __name__ == "__main__":
    main()
