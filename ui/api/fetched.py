"""A file behind an address of the web: fetched, admitted like an upload, kept under its address. Knows no request."""

from __future__ import annotations

from retrieval.addresses import checked
from retrieval.fetching import FetchLimits, fetch
from retrieval.origins import TAG, digest, origin_metadata
from ui.api.services import Assistant


def file_at(url: str, collection: str, owner: str, assistant: Assistant) -> str:
    """Id of the file behind `url`: the one the collection has when nothing changed there, else a new one.

    Raises NotAllowed when offline, InvalidInput for an address that is not fetched, and what fetching and admission raise.
    """
    library, settings = assistant.library, assistant.settings
    limits = FetchLimits(settings.limits.file_bytes, settings.limits.fetch_seconds, settings.fetch_hosts)
    origin = checked(url).geturl()
    before = [a for a in library.attachments(collection, owner) if a.origin == origin]
    read = next((a for a in before if a.status == "completed"), None)
    tag = str(library.file(read.file_id, owner).metadata.get(TAG, "")) if read else ""
    got = fetch(origin, limits, offline=settings.offline, tag=tag)
    if got is None:
        assert read is not None  # only asked with the mark of one that was read
        return read.file_id
    same = next((a for a in before if a.origin_sha256 == digest(got.data)), None)
    if same is not None:
        return same.file_id
    content = assistant.admit(got.data, got.name, got.media_type)
    return library.add_file(content, owner, "assistants", metadata=origin_metadata(origin, got.data, got.tag)).id
