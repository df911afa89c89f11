import pytest
from library_samples import open_library

from retrieval.companions import row_for, told
from retrieval.content import Content
from retrieval.items import Draft, Locator
from retrieval.library import Query


def test_what_metadata_says_in_words():
    metadata = {"price": 49, "Description": "A  warm hat.", "name": "Lapp", "tags": ["wool", 3, "winter"], "sku": "A1", "colour": ""}
    assert told(metadata) == "Lapp\nA warm hat.\nwool, winter"
    assert told({"price": 3}) == ""
    assert told({"名称": "帽子", "描述": "羊毛帽"}) == "帽子\n羊毛帽"


@pytest.fixture
def library(tmp_path):
    opened = open_library(tmp_path, describe={"image": lambda content: "Colours: grey"})
    opened.ensure_collection("default", "ann")
    rows = [
        {"name": "Lapp", "description": "A knitted hat for polar nights.", "price": 49, "image": "img/lapp-1.png"},
        {"name": "Fell", "description": "A rope for climbers.", "price": 89, "image": "fell.png; fell_2.png"},
    ]
    opened.add_drafts(
        [Draft(modality="text", text=str(row), title=row["name"], metadata=row, locator=Locator(row=n)) for n, row in enumerate(rows, 1)],
        "default", "ann",
    )  # fmt: skip
    yield opened
    opened.close()


def picture(library, name, metadata=None):
    content = Content(modality="image", media_type="image/png", data=f"![{name}] gg".encode(), name=name, width=1, height=1)
    file = library.add_file(content, "ann", "assistants")
    library.ingest(file.id, "default", "ann", metadata)
    return next(item for item in library.items("default", "ann") if item.parent == file.id)


@pytest.mark.parametrize(("name", "row"), [("lapp-1.png", "Lapp"), ("LAPP-1.PNG", "Lapp"), ("fell.png", "Fell"), ("fell_2.png", "Fell"),
                                           ("lapp.png", None), ("", None)])  # fmt: skip
def test_the_row_that_names_a_file(library, name, row):
    collection = library.collection("default", "ann").id
    assert row_for(library._store, name, collection, "ann").get("name") == row
    assert row_for(library._store, name, collection, "bob") == {}


def test_a_picture_is_found_by_its_row_and_filtered_by_its_cells(library):
    item = picture(library, "lapp-1.png")
    assert item.text == "Lapp\nA knitted hat for polar nights.\nColours: grey"
    assert item.metadata["price"] == 49
    found = library.search(Query(owner="ann", text="knitted hat", modalities=("image",), filter="price < 60"))
    assert [hit.item.id for hit in found] == [item.id]


def test_attributes_given_with_a_picture_are_searched_and_win_over_the_row(library):
    item = picture(library, "fell.png", {"description": "A green rope.", "price": 5})
    assert "A green rope." in item.text
    assert item.metadata["price"] == 5
    assert item.metadata["name"] == "Fell"
    assert picture(library, "other.png").text == "Colours: grey"
