"""Limits: every bound of the service, the table `[limits]` of the settings. Pure values."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

MIB = 2**20


class Limits(BaseModel):
    """Every bound in one place. Sizes in bytes, times in seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    body_bytes: int = Field(default=64 * MIB, ge=1024)
    file_bytes: int = Field(default=50 * MIB, ge=1024)
    image_pixels: int = Field(default=20_000_000, ge=10_000)
    image_frames: int = Field(default=64, ge=1)
    pdf_pages: int = Field(default=500, ge=1)
    audio_seconds: float = Field(default=3600, gt=0)
    video_seconds: float = Field(default=3600, gt=0)
    text_chars: int = Field(default=5_000_000, ge=1000)
    prompt_chars: int = Field(default=32_000, ge=100)
    messages: int = Field(default=400, ge=1)
    mesh_faces: int = Field(default=500_000, ge=1)
    fetch_seconds: float = Field(default=30, gt=0)
    decode_seconds: float = Field(default=120, gt=0)
    decode_bytes: int = Field(default=2048 * MIB, ge=256 * MIB)
    turn_seconds: float = Field(default=300, gt=0)
    model_calls: int = Field(default=8, ge=1)
    turns_at_once: int = Field(default=4, ge=1)
    turns_waiting: int = Field(default=32, ge=0)
    wait_seconds: float = Field(default=120, gt=0)
    """That one request may wait for its turn."""
    connections: int = Field(default=512, ge=8)
    """Sockets open at once."""
    head_seconds: float = Field(default=15, gt=0)
    """Until the head of a request is complete."""
    stalled_seconds: float = Field(default=30, gt=0)
    """That a client may neither send nor take anything."""
    slowest_bytes: int = Field(default=4096, ge=1)
    """Bytes a second that a client must send or take on average, beyond the first `stalled_seconds`."""
    body_seconds: float = Field(default=600, gt=0)
    """Until the body of a request is complete."""
    bodies_bytes: int = Field(default=512 * MIB, ge=1024)
    """Bodies of all requests that are being worked on."""
    stream_bytes: int = Field(default=256 * 1024, ge=1024)
    """Of an answer, written and not yet taken by its reader."""
    memory_share: float = Field(default=0.9, gt=0, le=1)
    """Share of the memory from which on new work is refused; 1 never refuses."""
    stored_bytes: int = Field(default=20 * 1024 * MIB, ge=0)
    """Files of one owner; 0 sets no quota."""
    stored_files: int = Field(default=100_000, ge=0)
    """Number of them; 0 sets no quota."""
    files_waiting: int = Field(default=2000, ge=1)
    """Attached files that wait to be read."""
    files_waiting_each: int = Field(default=500, ge=1)
    """Of them, those of one owner."""
    decoders: int = Field(default=2, ge=1)
    """Processes that read files."""
    worker_failures: int = Field(default=5, ge=1)
    """Failures of a kind of process in a row, after which it rests."""
    worker_rest_seconds: float = Field(default=5, gt=0)
    drawn_side: int = Field(default=1024, ge=64, le=2048)
    """Pixels of the longer side of a picture that is drawn; sides of an enlarged one may be twice that."""
    drawn_pictures: int = Field(default=8, ge=1, le=8)
    """Pictures of one request."""
    drawn_steps: int = Field(default=100, ge=1, le=150)
    drawings_at_once: int = Field(default=1, ge=1)
    drawings_waiting: int = Field(default=16, ge=0)
    drawings_per_day: int = Field(default=0, ge=0)
    """Pictures that one person may have drawn in 24 hours; 0 sets no quota."""
    realtime_sessions: int = Field(default=8, ge=1, le=1000)
    """Live voice sessions at once."""
    realtime_seconds: float = Field(default=3600, gt=0)
    """Time of one live session."""
    session_seconds: float = Field(default=14 * 86_400, gt=0)
    """Until somebody who logged in must do so again."""
    realtime_message_bytes: int = Field(default=16 * MIB, ge=1024)
    """One message of a live session."""
    database_connections: int = Field(default=10, ge=2)
    """Of one process to PostgreSQL, for the library and as many for the rest."""
    model_bytes: int = Field(default=0, ge=0)
    """Memory for full-size models; 0 takes 70 percent of what is free when the first one loads."""
