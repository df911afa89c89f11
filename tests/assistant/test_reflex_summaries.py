"""Summaries of a subject."""

import pytest

from assistant.reflex.summaries import about, summary_topic, without_verdict

PASSAGES = [
    (1, "Can I return something?", "Yes. You can return unused goods within 30 days. Use the label."),
    (2, "Opening hours", "The shop opens at nine."),
    (3, "可以退货吗？", "可以。未使用的商品可在 30 天内退货。"),
    (4, "Claims", "How to make a claim\nSend a photo of the fault with the return label. We answer soon. Third sentence."),
]


@pytest.mark.parametrize(
    ("words", "topic"),
    [
        ("summarise the return policy", "return"), ("总结一下退货政策", "退货"), ("保修政策总结一下", "保修"), ("summary of the privacy policy", "privacy"),
        ("give me an overview of the shop guide", "shop guide"), ("summarize your warranty", "warranty"), ("Summarise this document", ""),
        ("总结这份文件", ""), ("summarize it in two sentences", ""), ("summarise page 3", ""), ("what does the warranty cover?", ""), ("总结一下", ""),
        ("give me a summary", ""), ("summarise the attached report please", ""), ("What is the return policy?", "return"),
        ("what's your shipping policy", "shipping"), ("the return policy for jackets", "return"), ("What are your rules on refunds?", "refunds"),
        ("what are the terms of the warranty?", "warranty"), ("退货政策是什么？", "退货"), ("What does the privacy policy say about pictures?", ""),
        ("what is the warranty?", ""), ("政策是什么", ""),
    ],
)  # fmt: skip
def test_what_is_to_be_summed_up(words, topic):
    assert summary_topic(words) == topic


def test_the_openings_of_what_is_about_it_in_its_language():
    assert about("return", PASSAGES) == [
        (1, "You can return unused goods within 30 days. Use the label."),
        (4, "Send a photo of the fault with the return label. We answer soon."),
    ]
    assert about("退货", PASSAGES) == [(3, "未使用的商品可在 30 天内退货。")]
    assert about("parking", PASSAGES) == []


@pytest.mark.parametrize(
    ("answer", "plain"),
    [("Yes. Keep it.", "Keep it."), ("需要。请保留小票。", "请保留小票。"), ("No, we do not.", "we do not."), ("Yes.", "Yes."), ("Noon is late.", "Noon is late.")],
)  # fmt: skip
def test_a_yes_answers_its_own_question_only(answer, plain):
    assert without_verdict(answer) == plain
