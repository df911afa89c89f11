"""Summaries of a subject, "summarise the return policy": what the passages about it open with. Knows words and passages, no document."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.reflex.features import chinese
from assistant.reflex.matching import is_heading
from assistant.reflex.phrases import bare
from assistant.reflex.sentences import split_sentences
from retrieval.synonyms import meanings

POINTS = 6
"""Passages that are told from."""
OPENING = 240
"""Characters of one."""
_WISH = re.compile(
    r"^(?:(?:give|show|tell|write|make)(?: me| us)? )?(?:an? |the )?(?:short |brief |quick )?"
    r"(?:summari[sz]e|summary|sum up|overview|outline|gist|(?:key|main) points?)\b(?: (?:of|on|about|for))?\s*"
    r"|^(?:总结|概括|概述|归纳)(?:一下)?|(?:总结|概括|概述)一?下?[。！]?$|的?(?:概要|摘要|要点|概述|总结)(?:是什么)?[？?。]?$", re.I,
)  # fmt: skip
_AT_HAND = re.compile(
    r"^(?:(?:the|this|that|these|those|my|attached|it|them|all|whole|entire|everything|first|last|what|above|below|previous|document|documents|"
    r"file|files|pdf|text|page|pages|attachment|report|paper|article|conversation|chat|picture|image|audio|recording|video|slides?|table|"
    r"here|for|me|us|in|one|two|three|a|few|short|sentences?|words?|\d+)\b[\s,.!?]*)*$"
    r"|^(?:这|那|该|本|此|上面|以上|刚才|它|文件|文档|文章|附件|报告|全文|内容|的|份|个|篇|段|对话|录音|图片|视频|第.页|一下)*$", re.I,
)  # fmt: skip
_KIND = re.compile(
    r"\b(?:polic(?:y|ies)|rules?|terms(?: and conditions)?|regulations?|information|info)\b|政策|规定|条款|规则|信息|须知", re.I
)
_POLICY = re.compile(
    r"^(?:(?:what(?:'s| is| are)|how (?:is|are)|explain|tell me(?: about)?)\s+)?(?:the|your|our)\s+"
    r"(?:(?P<named>\S.*?)\s+(?:polic(?:y|ies)|rules|terms)\b.*|(?:polic(?:y|ies)|rules|terms)\b.*?\b(?:for|on|of|about)\s+(?P<on>.+))$"
    r"|^(?:你们|贵店|店里)?的?(?P<zh>.+?)的?(?:政策|规定|条款|须知)(?:是(?:什么|怎样的?|怎么样的?)|如何|有哪些)?$", re.I,
)  # fmt: skip
"""A policy that is asked for as a whole, without a word such as "summarise"; not what it says of one kind of thing."""
_VERDICT = re.compile(r"^(?:yes|no|of course|certainly|sure|(?:不)?(?:可以|能|会|需要|用|是|行|有)的?|当然(?:可以)?)[.,!。，！]\s*", re.I)
_ARTICLE = re.compile(r"^(?:(?:the|your|our|a|an|all|about|on|of)\s+)+", re.I)


def summary_topic(words: str) -> str:
    """What is to be summed up, without words such as "policy"; empty when it is something at hand, or no summary is asked for."""
    plain = bare(words).strip(" .?!。？！")
    rest = _WISH.sub("", plain).strip(" ,，:：")
    if rest == plain:
        policy = _POLICY.match(plain)
        rest = next(filter(None, policy.groups()), "") if policy else ""
    if not rest or _AT_HAND.match(rest):
        return ""
    return _ARTICLE.sub("", " ".join(_KIND.sub(" ", rest).split())).strip() or rest


def about(topic: str, passages: Sequence[tuple[int, str, str]]) -> list[tuple[int, str]]:
    """(number, opening) of those of `passages` (number, title, text) that have all that the topic names; in its language, where any are."""
    wanted = set(meanings(topic))
    fit = [one for one in passages if wanted <= set(meanings(f"{one[1]} {one[2]}"))]
    same = [one for one in fit if chinese(one[2]) == chinese(topic)] or fit
    return [(number, opening) for number, _, text in same[:POINTS] if (opening := _opening(text))]


def _opening(text: str) -> str:
    """The first two sentences that fit, without headings and without the yes or no of a question that is not told."""
    plain, told = without_verdict(text), ""
    sentences = [one for one in split_sentences(plain) if not is_heading(one.text, plain, one.start)]
    for sentence in sentences[:2]:
        longer = f"{told}{'' if chinese(told) else ' '}{' '.join(sentence.text.split())}".strip()
        if told and len(longer) > OPENING:
            break
        told = longer
    return told if len(told) <= OPENING else told[:OPENING].rsplit(" ", 1)[0] + "…"


def without_verdict(answer: str) -> str:
    """An answer without the yes or no that it begins with, which answers its own question and perhaps no other."""
    return _VERDICT.sub("", answer.strip()) or answer
