from retrieval.origins import digest, origin_metadata, without_origin


def test_what_is_kept_of_an_origin_goes_away_again():
    kept = origin_metadata("/notes/a.txt", b"words", '"v1"')
    assert kept == {"origin": "/notes/a.txt", "origin_sha256": digest(b"words"), "origin_tag": '"v1"'}
    assert "origin_tag" not in origin_metadata("/notes/a.txt", b"words")
    assert without_origin({**kept, "price": 3}) == {"price": 3}
