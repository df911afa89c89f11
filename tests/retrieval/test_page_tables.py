"""Words in columns without rules; the ruled ones are tested with the reader of PDF files."""

from retrieval.page_tables import aligned


def line(place, *cells):
    """A line at `place` lines from the top; each cell is (left, words), one hundredth of the width a letter."""
    boxed = tuple((left, left + len(words) / 100, words) for left, words in cells)
    return boxed, (boxed[0][0] if boxed else 0.1, place * 0.03, boxed[-1][1] if boxed else 0.9, place * 0.03 + 0.015)


HEAD = ((0.1, "Part"), (0.4, "Years"), (0.6, "Price"))
ROWS = [line(n, (0.1, f"Zip {n}"), (0.42, str(n)), (0.61, "12.50")) for n in range(1, 4)]


def test_lines_in_the_same_columns_are_a_table():
    ((place, table),) = aligned([line(0), line(0, *HEAD), *ROWS, line(4)])
    assert place == 1
    assert table.rows[0] == ["Part", "Years", "Price"]
    assert table.rows[3] == ["Zip 3", "3", "12.50"]
    assert table.holds((0.4, 0.031, 0.5, 0.04))
    assert not table.holds((0.4, 0.3, 0.5, 0.31))


def test_a_line_with_other_columns_or_far_below_ends_it():
    assert [len(t.rows) for _, t in aligned([line(0, *HEAD), *ROWS, line(4, (0.3, "x"), (0.5, "y"), (0.7, "z"))])] == [4]
    assert [len(t.rows) for _, t in aligned([line(0, *HEAD), *ROWS, line(20, *HEAD)])] == [4]


def test_two_columns_of_prose_are_no_table():
    prose = [
        line(n, (0.05, "words of the left column go on and on for a while"), (0.55, "words of the right one do so too, in print"))
        for n in range(5)
    ]
    assert aligned(prose) == []
    assert len(aligned([line(n, (0.1, "Weight"), (0.5, "2 kg")) for n in range(3)])) == 1
    assert aligned([line(n, (0.1, "Weight"), (0.5, "2 kg")) for n in range(2)]) == []
