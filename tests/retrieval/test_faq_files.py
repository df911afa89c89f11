"""Files of questions and answers: what is read, what is passed over and at which line, and what is written can be read."""

import json

import pytest

from retrieval import faq_files
from retrieval.faq_records import Entry
from retrieval.faults import InvalidInput, Unreadable, UnsupportedType


def rows(text, name="faq.csv"):
    return faq_files.read(text.encode(), name)[0]


def problems(text, name="faq.csv"):
    return [(p.line, p.code) for p in faq_files.read(text.encode(), name)[1]]


def test_csv_with_everything():
    (row,) = rows('question,answer,paraphrases,tags,language\n"How long, please?","Two\nyears","How many years?|多久",a;b,en\n')
    assert (row.question, row.answer) == ("How long, please?", "Two\nyears")
    assert (row.paraphrases, row.tags, row.language, row.line) == (("How many years?", "多久"), ("a", "b"), "en", 2)


@pytest.mark.parametrize(
    "text",
    ["问题,答案\n怎么退货？,寄回即可\n", "问;答\n怎么退货？;寄回即可\n", "Q\tA\n怎么退货？\t寄回即可\n", "\ufeffQuestion,Answer\n怎么退货？,寄回即可\n",
     "id,问题,答案,相似问题\n1,怎么退货？,寄回即可,\n"],
)  # fmt: skip
def test_csv_headers_by_many_names(text):
    (row,) = rows(text)
    assert (row.question, row.answer) == ("怎么退货？", "寄回即可")


def test_csv_in_gb18030():
    assert faq_files.read("问题,答案\n怎么退货？,三十天内寄回即可\n".encode("gb18030"), "faq.csv")[0][0].question == "怎么退货？"


def test_bad_rows_are_named_and_good_ones_go_in():
    text = 'question,answer\nA?,a\n,b\n\nC?,\n"D\nd?",d\nA?,again\n' + f"{'e' * 600},e\n"
    assert [row.question for row in rows(text)] == ["A?", "D d?"]
    assert problems(text) == [(3, "no_question"), (5, "no_answer"), (8, "repeated"), (9, "too_long")]


@pytest.mark.parametrize("text", ["name,price\na,1\n", "", "question,answer\n", 'question,answer\n"open,x\n'])
def test_csv_without_questions_says_what_is_wanted(text):
    with pytest.raises(InvalidInput) as caught:
        rows(text)
    assert "question" in caught.value.hint or "quotation" in caught.value.hint


def test_jsonl():
    text = '{"question": "A?", "answer": "a", "paraphrases": ["B?"]}\nnope\n[1]\n{"questions": ["C?", "D?"], "answer": "c"}\n{"q": "E?", "a": "e"}\n'
    assert [(r.question, r.paraphrases) for r in rows(text, "faq.jsonl")] == [("A?", ("B?",)), ("C?", ("D?",)), ("E?", ())]
    assert problems(text, "faq.jsonl") == [(2, "not_json"), (3, "not_object")]


def test_a_json_list():
    assert [r.question for r in rows('[{"question": "A?", "answer": "a"}]', "faq.json")] == ["A?"]


MARKDOWN = """# FAQ

Some words before.

## How long is the **warranty**?
Two years.

- zips
```
## not a heading?
```
### Details
More.
## 怎么退货？
寄回即可。
## Contact
Not an answer.
## Empty?
"""


def test_markdown_headings():
    found = rows(MARKDOWN, "faq.md")
    assert [(r.question, r.line) for r in found] == [("How long is the warranty?", 5), ("怎么退货？", 14)]
    assert found[0].answer == "Two years.\n\n- zips\n```\n## not a heading?\n```\n### Details\nMore."
    assert found[1].answer == "寄回即可。"
    assert problems(MARKDOWN, "faq.md") == [(18, "no_answer")]


def test_markdown_pairs():
    text = "Intro\n\n**Q:** How long?\nA: Two years.\nAnd more.\n\nQ2: Where\n**A2:** Oslo\n\n问：怎么退货\n答：寄回\n"
    found = rows(text, "faq.md")
    assert [(r.question, r.answer) for r in found] == [("How long?", "Two years.\nAnd more."), ("Where", "Oslo"), ("怎么退货", "寄回")]


def test_other_files_are_refused():
    with pytest.raises(UnsupportedType):
        rows("x", "faq.pdf")
    with pytest.raises(Unreadable):
        faq_files.read(b"\xff\xfe\xfd\x00\x01", "faq.csv")


def test_what_is_written_can_be_read():
    entry = Entry(
        id="faq-1", item="item-1", collection="vs_1", question='Say "hi, there"?', paraphrases=("嗨?", "Hi?"), answer="a\nb", tags=("x",)
    )
    for text, name in ((faq_files.to_csv([entry]), "faq.csv"), (faq_files.to_jsonl([entry]), "faq.jsonl")):
        (row,) = rows(text, name)
        assert (row.question, row.answer, row.paraphrases, row.tags) == (entry.question, entry.answer, entry.paraphrases, entry.tags)
    assert json.loads(faq_files.to_jsonl([entry]))["question"] == entry.question
