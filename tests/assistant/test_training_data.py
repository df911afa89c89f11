"""A person's data: what is read, what is refused with which words, and that no row is learned from and measured with."""

import json

import pytest
from training_samples import PRODUCTS, QUESTIONS, catalogue, drawing, faq, options, silent, write

from assistant import adapted
from assistant.training import pairs, rows
from assistant.training.encoder import train
from retrieval.decoding import Decoder
from retrieval.faults import Conflict, Fault, InvalidInput, NotFound, Unreadable


@pytest.fixture(scope="module")
def decoder():
    made = Decoder(workers=1)
    yield made
    made.close()


def test_the_split_is_the_same_for_the_same_seed_and_has_no_row_twice():
    names = [f"row {n}" for n in range(100)]
    first, second = (rows.split(names, str, 7) for _ in range(2))
    assert first == second != rows.split(names, str, 8)
    assert len(first.held) == 20
    assert set(first.train) | set(first.held) == set(names)
    assert not set(first.train) & set(first.held)


def test_a_row_stays_on_its_side_when_others_come():
    few, many = (rows.split([f"row {n}" for n in range(count)], str, 7).held for count in (200, 220))
    assert len(set(few) & set(many)) > 0.8 * len(few)


def test_repeated_rows_are_counted_and_left_out():
    found = rows.split([f"Row {n % 40}?" for n in range(80)], rows.folded, 7)
    assert (len(found.train), len(found.held), found.repeated) == (32, 8, 40)


def test_rows_of_the_holdout_are_not_learned_from():
    names = [f"row {n}" for n in range(40)]
    found = rows.split(names, str, 7, names[:10])
    assert set(found.held) == set(names[:10])
    assert not set(found.train) & set(found.held)


def test_too_few_rows_are_refused():
    with pytest.raises(InvalidInput) as caught:
        rows.split(["a", "b"], str, 7)
    assert caught.value.code == "too_few_rows"


def test_questions_with_paraphrases_are_read(tmp_path, decoder):
    path = tmp_path / "faq.jsonl"
    path.write_text(json.dumps({"question": "How long?", "answer": "Two years.", "paraphrases": ["For how long?"]}), "utf-8")
    found = pairs.read((path,), decoder)
    assert [(one.question, one.answer) for one in found.asked] == [("How long?", "Two years."), ("For how long?", "Two years.")]


def test_a_folder_of_pictures_is_read_by_texts_beside_them_and_by_its_folders(tmp_path, decoder):
    (tmp_path / "wool_hats").mkdir()
    (tmp_path / "wool_hats" / "1.png").write_bytes(drawing("red", "ellipse", 1))
    (tmp_path / "2.png").write_bytes(drawing("blue", "ellipse", 2))
    (tmp_path / "2.txt").write_text("a blue  ball\n", "utf-8")
    (tmp_path / "3.png").write_bytes(b"no picture at all")
    found = pairs.read((tmp_path,), decoder)
    assert sorted(one.caption for one in found.shown) == ["a blue ball", "wool hats"]
    assert len(found.passed_over) == 1, "the unreadable picture is named"
    assert "3.png" in found.passed_over[0]


def test_a_table_names_what_is_missing(tmp_path, decoder):
    path = catalogue(tmp_path, each=2)
    (tmp_path / "glimmock-0.png").unlink()
    found = pairs.read((path,), decoder)
    assert len(found.shown) == 5
    assert "line 2" in found.passed_over[0]


def test_a_golden_file_pairs_questions_with_the_places_that_answer(tmp_path, decoder):
    write(tmp_path / "prices.csv", ("name", "price"), [("rope", 4), ("tent", 90)])
    (tmp_path / "photo.png").write_bytes(drawing("red", "ellipse", 1))
    cases = [
        {"question": "What does a tent cost?", "expected_sources": ["prices.csv#row=2"]},
        {"question": "What looks like a ball?", "expected_sources": ["photo.png"]},
        {"question": "Who founded it?", "answerable": False},
        {"question": "What is gone?", "expected_sources": ["gone.pdf#page=1"]},
    ]
    path = tmp_path / "golden.jsonl"
    path.write_text("\n".join(json.dumps(case) for case in cases), "utf-8")
    found = pairs.read((path,), decoder)
    assert [one.question for one in found.asked] == ["What does a tent cost?"]
    assert "90" in found.asked[0].answer
    assert [one.caption for one in found.shown] == ["What looks like a ball?"]
    assert len(found.passed_over) == 1


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("colour,size\nred,4\n", "missing_column"),
        ("image,price\na.png,4\n", "missing_column"),
        ("question,answer\nwhy,because\n", "too_few_rows"),
    ],
)
def test_a_table_without_the_columns_is_refused_and_nothing_is_written(tmp_path, decoder, content, code):
    (tmp_path / "bad.csv").write_text(content, "utf-8")
    chosen = options(tmp_path, tmp_path / "bad.csv")
    with pytest.raises(InvalidInput) as caught:
        train(chosen, decoder, silent)
    assert caught.value.code == code
    assert caught.value.hint
    assert not chosen.data_dir.exists()


def test_pictures_of_one_thing_only_are_refused(tmp_path, decoder):
    files = [(f"{n}.png", "a glimmock") for n in range(24)]
    for n, (name, _) in enumerate(files):
        (tmp_path / name).write_bytes(drawing("red", "ellipse", n))
    chosen = options(tmp_path, write(tmp_path / "one.csv", ("image", "caption"), files))
    with pytest.raises(InvalidInput) as caught:
        train(chosen, decoder, silent)
    assert caught.value.code == "one_class"
    assert not list(chosen.data_dir.glob("models/*"))


@pytest.mark.parametrize(
    ("name", "content", "kind"), [("a.csv", "", Unreadable), ("a.jsonl", "{", Unreadable), ("gone.csv", None, NotFound)]
)
def test_a_file_that_cannot_be_read_is_a_fault(tmp_path, name, content, kind):
    if content is not None:
        (tmp_path / name).write_text(content, "utf-8")
    with pytest.raises(kind) as caught:
        rows.table(tmp_path / name)
    assert caught.value.hint


def test_a_name_that_is_taken_or_is_none_is_refused_before_the_work(tmp_path, decoder):
    (tmp_path / "data" / "models" / "shop").mkdir(parents=True)
    for name, kind in (("shop", Conflict), ("../shop", InvalidInput)):
        with pytest.raises(kind):
            train(options(tmp_path, faq(tmp_path), name=name), decoder, silent)


def test_a_failure_on_the_way_leaves_nothing_half_written(tmp_path, decoder):
    def fail(share, what):
        if share > 0.6:
            raise Fault("stop here")

    chosen = options(tmp_path, faq(tmp_path))
    with pytest.raises(Fault, match="stop here"):
        train(chosen, decoder, fail)
    assert adapted.listed(chosen.data_dir) == []
    assert not list(chosen.data_dir.glob("models/*"))


def test_the_sample_is_what_the_tests_say():
    assert len(QUESTIONS) == 7 * len(PRODUCTS)
