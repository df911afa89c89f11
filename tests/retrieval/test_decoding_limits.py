from retrieval.decoding_limits import DecodingLimits


class Few:
    file_bytes = 5000
    pdf_pages = 3
    prompt_chars = 1


def test_values_are_taken_by_name_and_the_rest_keeps_its_default():
    limits = DecodingLimits.of(Few())
    assert (limits.file_bytes, limits.pdf_pages, limits.image_frames) == (5000, 3, 64)
    assert DecodingLimits(**limits.to_dict()) == limits
