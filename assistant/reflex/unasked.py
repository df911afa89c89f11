"""Who speaks of a feeling asks for no reading of it: only a question or an order about feelings does. Corrects the route, reads nothing."""

from __future__ import annotations

import re

from assistant.reflex.router import Route, Step
from assistant.reflex.situation import Situation

TOOL = "analyze_emotion"
_ABOUT = re.compile(
    r"\b(?:emotion(?:s|al)?|moods?|feelings?|feel(?:s|ing)?|sentiments?|tone|vibe|sounds?|seems?|looks?|angry|anger|sad|sadness|happy|joy|fear|upset"
    r"|annoyed|nervous|stressed|tired|excited|scared|worried|calm|serious|positive|negative|sarcastic|aggressive|polite|rude|friendly|mad)\b",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"(?:^|[,;:]\s*|\b(?:and|then|please|me)\s+)(?:(?:please|so|well|hey|now)[\s,]+)*(?:how|what|which|who|why|is|are|am|was|does|do|did|can|could|would"
    r"|tell|show|detect|anal[iy][sz]e|rate|gauge|guess|read|check|classify|recogni[sz]e|evaluate|judge|estimate|emotion|sentiment)\b|\?\s*$",
    re.IGNORECASE,
)
_ASKS_CHINESE = re.compile(r"吗|么|什么|怎么|怎样|如何|哪|是不是|有没有|还是|分析|判断|检测|识别|评估|看看|听听|告诉|情绪|情感|语气|心情")
_GIVEN = re.compile(r"[\"“”「」『』]|:\s*\S|：\s*\S")
_QUESTION = re.compile(r"[?？]|\b(?:how|what|where|when|which|who|why|can|could|do|does) \w+|吗|什么|怎么|如何|哪|多少|多久", re.IGNORECASE)


def asked(words: str) -> bool:
    """Whether the words ask for a feeling to be read, or hand over something to read it from."""
    if _GIVEN.search(words) or _ASKS_CHINESE.search(words):
        return True
    sentences = re.split(r"(?<=[.!?])\s+|\n+", words)
    return any(_ABOUT.search(sentence) and _ASKS.search(sentence.strip()) for sentence in sentences)


_STATES = (
    r"(?:sad|angry|upset|annoyed|furious|frustrat\w+|happy|glad|worried|scared|afraid|nervous|stressed|tired|sorry|disappointed|desperate"
    r"|terrible|awful|annoying|great|wonderful|depressed|unhappy|fed up)"
)
_OWN_FEELING = re.compile(
    rf"^(?:i am|i'm|im|i feel|i felt)\b[^?]{{0,60}}\b{_STATES}\b[^?]*$|^(?:this|that|it)(?: is|'s)(?: \w+){{0,2}} {_STATES}[.!]*$"
    r"|^(?:我|这|真是?)?(?:好|很|真|太|非常|实在)+(?:的)?(?:难过|生气|伤心|开心|高兴|郁闷|烦|着急|失望|糟糕|棒|好)[了啊呢吧]?[。！!，,]?$",
    re.IGNORECASE,
)


def question_in(words: str) -> str:
    """The words without sentences that only tell a feeling, when a question stands beside them: those would lead the search astray."""
    sentences = [s.strip() for s in re.split(r"(?<=[.!?。！？])\s*|\n+", words) if s.strip()]
    kept = [s for s in sentences if not _OWN_FEELING.match(s)]
    return " ".join(kept) if len(kept) < len(sentences) and any(_QUESTION.search(s) for s in kept) else words


def corrected(route: Route, situation: Situation) -> Route:
    """The route without a reading that nobody asked for: what else the words ask is searched for, and what only tells is talk."""
    if route.plan == ("search",) and len(route.steps) == 1:
        steps = (route.steps[0].model_copy(update={"words": question_in(route.steps[0].words)}),)
        return route.model_copy(update={"steps": steps})
    asks = bool(_QUESTION.search(situation.words))
    if route.plan != (TOOL,) or asked(situation.words) or (situation.attached and asks):
        return route
    if asks:
        step = Step(tool="search", words=question_in(situation.words))
        return route.model_copy(update={"plan": ("search",), "steps": (step,), "intent": "search"})
    return route.model_copy(update={"plan": (), "steps": (), "intent": "small_talk"})
