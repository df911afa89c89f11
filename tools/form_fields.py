"""Fields of invoices, bills and receipts as people ask for them: which one, and which of the papers. Knows no page and no store."""

from __future__ import annotations

import re

_PAPER = r"(?:tax )?(?:invoices?|bills?|receipts?)"
OF_PAPER = re.compile(
    rf"\b{_PAPER}\b|\b(?:this|that|the|attached) (?:document|file|pdf|paper)\b|发票|账单|帐单|收据|单据|小票|这份|这张", re.I
)
_FIELDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("vat_number", re.compile(r"\b(?:vat|tax|gst) (?:number|no\b|id|registration)|\bgstin\b|纳税人识别号|税号", re.I)),
    ("net_amount", re.compile(
        r"\bnet (?:amount|total|price)\b|\b(?:without|before|excluding|excl\.?) (?:vat|tax(?:es)?)\b|不含税|税前", re.I)),
    ("tax_amount", re.compile(r"\b(?:vat|tax(?:es)?|gst)\b(?! invoice)|税额|多少税|税是多少", re.I)),
    ("subtotal", re.compile(r"\bsub-?total\b|小计", re.I)),
    ("iban", re.compile(r"\biban\b|\b(?:bank )?account (?:number|do|should|to pay)\b|银行账号|账户", re.I)),
    ("order_number", re.compile(r"\b(?:order|po) (?:number|no\b|id)|订单(?:号|编号)", re.I)),
    ("customer_number", re.compile(r"\b(?:customer|client) (?:number|no\b|id)|客户(?:号|编号)", re.I)),
    ("invoice_number", re.compile(
        rf"\b(?:{_PAPER}|booking|document|reference) (?:number|no\b|num\b|id\b|#)|\bnumber of (?:the|this|that|my|our) .*\b{_PAPER}\b"
        r"|(?:发票|账单|帐单|收据|单据)(?:的)?(?:号码?|编号)|单号", re.I)),
    ("total_amount", re.compile(r"\b(?:amount|total|balance) due\b|应付", re.I)),
    ("due_date", re.compile(
        r"\bdue\b|\b(?:pay|paid|payable) (?:\w+ ){0,3}by\b|\bdeadline\b|\bwhen\b.*\b(?:pay|paid)\b"
        r"|到期|截止|最[晚迟]|什么时候.*[付交缴]|何时.*[付交缴]", re.I)),
    ("total_amount", re.compile(
        r"\btotals?\b|\bhow much\b|\bamounts?\b|\bsum\b|\bwhat (?:do|did|must|should) (?:i|we) (?:owe|pay)\b|\bcosts?\b"
        r"|多少钱|总额|总金额|合计|总计|总价|金额|总共|一共", re.I)),
    ("date", re.compile(
        r"\bdated?\b|\bwhen\b.*\b(?:issued?|written|sent|made|billed|invoiced|from)\b|日期|哪天|什么时候|何时", re.I)),
)  # fmt: skip
"""How each field is asked for, the narrower wish first."""
_OF_FIELD = re.compile(
    r"\b(?:vat|tax(?:es)?|gst(?:in)?|registration|net|price|without|before|excluding|excl|sub-?total|iban|bank|account|order|po|customer|client|"
    r"booking|document|reference|balance|deadline|billing|date)\b"
    r"|纳税人识别号|税[号额前]?|小计|银行账号|账户|订单|客户|编号|号码?|单号|应付|到期|截止|最[晚迟]|总[额计价共]|合计|金额|日期",
    re.I,
)
"""Words that name a field."""
_IDLE = re.compile(
    r"\b(?:what|which|when|who|how|much|many|is|are|was|were|the|a|an|of|on|for|in|from|to|by|do|does|did|i|we|have|has|must|should|owe|pay|"
    r"paid|payable|my|our|me|tell|give|show|please|that|this|it|its|issued?|dated?|written|sent|made|billed|invoiced|and|s|attached|pdf|file|"
    r"document|paper|number|no|id|amounts?|totals?|sum|cost|costs|company|firm|due|full|whole|all|any|every|each|there|list|most|expensive|"
    r"highest|largest|biggest|cheapest|lowest|smallest|get|with|at|you|charged?|spend|spent|can|could|find|out|need|know|says?|"
    r"ag|gmbh|ltd|limited|inc|llc|corp|plc|sarl|sas|co)\b|\b(?:b\.?v|n\.?v|s\.?a|s\.?r\.?l|s\.?p\.?a)\b\.?"
    r"|[的是多少在了吗呢请问我你您把给从这那张份家公司什么时候何时哪天开具出付交缴款要需该得钱一共总有告诉查里上面前哪些所全部列几最高大贵低小便宜]",
    re.I,
)
"""Words that name no document."""
_WORD = re.compile(r"[\w&.'’]*\w|[\u4e00-\u9fff]+")


def asked_field(question: str) -> str:
    """The field that is asked for; empty when none is."""
    return next((field for field, pattern in _FIELDS if pattern.search(question)), "")


def naming(question: str) -> list[str]:
    """The words of a question that name neither a field nor a kind of paper, as they are written."""
    rest = _IDLE.sub(" ", _OF_FIELD.sub(" ", OF_PAPER.sub(" ", question)))
    return [word for word in _WORD.findall(rest) if len(word) > 1]


def bears(said: str, word: str) -> bool:
    """Whether a paper is called by `word`, or speaks of somebody who is; `said` is its title and whom it names."""
    said, word = said.lower(), word.lower()
    if not word.isascii():
        return word in said
    plain = re.sub(r"[^\w]", "", word)
    return plain in {re.sub(r"[^\w]", "", one) for one in said.split()} or (len(plain) > 4 and plain in re.sub(r"[^\w\n]", "", said))
