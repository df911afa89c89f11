import contextlib
import gc
import io
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import media_samples as samples
import numpy as np
import pytest
from PIL import Image

from retrieval.content import Content
from retrieval.decoding import Decoder, pixels
from retrieval.faults import Fault, InvalidInput, TimedOut, TooLarge, Unavailable, Unreadable, UnsupportedType


class Limits:
    """What the settings look like from here."""

    def __init__(self, **values):
        self.__dict__.update(values)


@pytest.fixture(scope="module")
def decoder():
    made = Decoder()
    yield made
    made.close()


def only_worker(decoder):
    (worker,) = decoder._all
    return worker.process


def big_noise(side=3000):
    pixels = np.random.default_rng(0).integers(0, 255, (side, side, 3), np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def test_a_picture_goes_in_and_comes_out_measured(decoder):
    content = decoder.admit(samples.picture("PNG", (64, 48)), "../a b.png")
    assert (content.modality, content.media_type, content.name, content.width, content.height) == ("image", "image/png", "a b.png", 64, 48)
    (draft,) = decoder.read(content)
    assert (draft.modality, draft.data) == ("image", content.data)


def test_faults_keep_their_kind_code_and_hint(decoder):
    with pytest.raises(TooLarge) as caught:
        decoder.admit(samples.huge_png(13_000), "a.png")
    assert (caught.value.code, caught.value.status) == ("image_too_large", 413)
    assert caught.value.hint
    for name in ("\ud800.png", "x" * 100_000):
        assert decoder.admit(samples.picture(), name).width == 64


def test_limits_are_taken_from_any_object_that_has_them():
    decoder = Decoder(Limits(file_bytes=100, image_pixels=1000))
    with pytest.raises(TooLarge):
        decoder.admit(samples.noise())
    with pytest.raises(TooLarge):
        decoder.admit(samples.picture())  # 64 x 48 is over 1000 pixels
    decoder.close()


def test_samples_of_a_sound_and_of_a_video(decoder):
    for data in (samples.wav(samples.tone(2.0)), samples.sound("mp3", "libmp3lame", 2.0), samples.video(2.0)):
        heard = decoder.pcm(decoder.admit(data, "x"), 16_000)
        assert heard.dtype == np.float32
        assert len(heard) == pytest.approx(32_000, abs=1500)
    assert len(decoder.pcm(decoder.admit(samples.video(2.0, False), "x"))) == 0
    with pytest.raises(UnsupportedType):
        decoder.pcm(decoder.admit(samples.picture()))
    with pytest.raises(InvalidInput):
        decoder.pcm(decoder.admit(samples.wav()), 0)


def test_pages_and_frames(decoder):
    document = decoder.admit(samples.pdf([[(11, "one")], [(11, "two")]]), "a.pdf")
    page = Image.open(io.BytesIO(decoder.page(document, 2, scale=1.0)))
    assert (page.format, page.size) == ("PNG", (596, 842))
    with pytest.raises(InvalidInput):
        decoder.page(document, 3)
    clip = decoder.admit(samples.video(), "a.mp4")
    shown = decoder.frames(clip, [5.0, 0.5, 5.0])
    assert ["RGB"[int(np.asarray(Image.open(io.BytesIO(f))).reshape(-1, 3).mean(0).argmax())] for f in shown] == ["B", "R", "B"]
    assert decoder.frames(clip, []) == []
    with pytest.raises(UnsupportedType):
        decoder.frames(document, [0.0])
    with pytest.raises(UnsupportedType):
        decoder.page(clip, 1)


def test_a_typed_message_has_no_drafts_and_an_unknown_type_no_reader(decoder):
    assert decoder.read(Content.from_text("hello")) == []
    with pytest.raises(UnsupportedType):
        decoder.read(Content(modality="file", media_type="application/x-unknown", data=b"x"))


@pytest.mark.case("M02")
def test_a_killed_worker_costs_nothing():
    decoder = Decoder(workers=1)
    decoder.admit(samples.picture())
    before = only_worker(decoder).pid
    os.kill(before, signal.SIGKILL)
    time.sleep(0.05)
    assert decoder.admit(samples.picture()).width == 64
    assert only_worker(decoder).pid != before
    decoder.close()


def kill_at_work(decoder, stop, sign=signal.SIGKILL, times=10_000):
    """End the first `times` workers that have begun a job."""
    while times and not stop.wait(0.002):
        for worker in [one for one in list(decoder._all) if not one.settled and one.process.poll() is None]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(worker.process.pid, sign)
                worker.process.wait(10)
                times -= 1


def ready_again(decoder):
    """Waits until it is, and has a picture read."""
    deadline = time.monotonic() + 20
    while decoder.readiness() != "ready":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert decoder.admit(samples.picture()).width == 64


@pytest.mark.case("M02")
def test_a_file_whose_worker_is_killed_in_the_middle_is_read_all_the_same():
    decoder, stop = Decoder(workers=1), threading.Event()
    decoder.admit(samples.picture())
    large, before = big_noise(), only_worker(decoder).pid
    killer = threading.Thread(target=kill_at_work, args=(decoder, stop, signal.SIGKILL, 1))
    killer.start()
    assert decoder.admit(large, "big.png").width == 3000
    killer.join()
    assert only_worker(decoder).pid != before
    decoder.close()


@pytest.mark.case("M02")
def test_workers_that_are_killed_again_and_again_are_left_alone_for_a_while():
    decoder, stop = Decoder(Limits(worker_failures=3, worker_rest_seconds=1.0), workers=1), threading.Event()
    large = big_noise()
    killer = threading.Thread(target=kill_at_work, args=(decoder, stop))
    killer.start()
    codes = []
    while "worker_failed" not in codes and len(codes) < 10:
        with pytest.raises(Unavailable) as caught:
            decoder.admit(large, "big.png")
        codes.append(caught.value.code)
    assert set(codes) == {"decoder_killed", "worker_failed"}
    assert caught.value.retry_after >= 1
    assert decoder.readiness().startswith("failed")
    stop.set()
    killer.join()
    ready_again(decoder)
    decoder.close()


def test_a_worker_that_a_file_crashes_is_one_refused_file():
    decoder = Decoder(workers=1)
    decoder.admit(samples.picture())
    stop = threading.Event()
    killer = threading.Thread(target=kill_at_work, args=(decoder, stop, signal.SIGSEGV, 1))
    killer.start()
    with pytest.raises(Unreadable) as caught:
        decoder.admit(big_noise(), "big.png")
    killer.join()
    assert caught.value.code == "decoder_stopped"
    assert decoder.admit(samples.picture()).width == 64
    decoder.close()


@pytest.mark.case("M02")
def test_readiness_tells_of_a_killed_worker_and_of_its_successor():
    decoder = Decoder(workers=1)
    decoder.admit(samples.picture())
    assert decoder.readiness() == "ready"
    process = only_worker(decoder)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert decoder.readiness() == "loading"
    ready_again(decoder)
    decoder.close()


@pytest.mark.case("M03")
@pytest.mark.parametrize("parts", [[], [b"abc"], [np.float32([0.5, np.nan]).tobytes()], [{"data": 3}], [None]])
def test_nonsense_from_a_worker_is_no_sound(decoder, parts, monkeypatch):
    heard = decoder.admit(samples.wav())
    before = set(decoder._all)
    monkeypatch.setattr("retrieval.decoding_process.Worker.run", lambda self, job: parts)
    if not parts:
        assert len(decoder.pcm(heard)) == 0
        return
    with pytest.raises(Unavailable) as caught:
        decoder.pcm(heard)
    assert caught.value.code == "decoder_nonsense"
    monkeypatch.undo()
    assert decoder._all != before, "such a worker is not trusted any more"
    assert len(decoder.pcm(heard))


@pytest.mark.case("M03")
@pytest.mark.parametrize("part", [{}, 3, {"modality": "image", "data": None}, {"modality": "spell", "data": b"x"}])
def test_nonsense_from_a_worker_is_no_file(decoder, part, monkeypatch):
    monkeypatch.setattr("retrieval.decoding_process.Worker.run", lambda self, job: [part])
    with pytest.raises(Unavailable):
        decoder.admit(samples.picture())


def test_a_slow_job_is_stopped_in_time_and_the_next_one_works():
    decoder = Decoder(Limits(decode_seconds=0.8), workers=1)
    decoder.admit(samples.picture())
    large = big_noise(4000)
    start = time.monotonic()
    with pytest.raises(TimedOut):
        decoder.admit(large, "slow.png")
    assert time.monotonic() - start < 5
    assert decoder.admit(samples.picture()).width == 64
    decoder.close()


@pytest.mark.case("M03")
def test_a_hanging_worker_is_replaced():
    decoder = Decoder(Limits(decode_seconds=1.0), workers=1)
    decoder.admit(samples.picture())
    os.kill(only_worker(decoder).pid, signal.SIGSTOP)
    with pytest.raises(TimedOut):
        decoder.admit(samples.picture())
    assert decoder.admit(samples.picture()).width == 64
    decoder.close()


@pytest.mark.case("M03", "U04", "ASVS 5.2.1")
def test_memory_has_an_end_and_comes_back():
    decoder = Decoder(Limits(decode_bytes=256 * 2**20, image_pixels=100_000_000), workers=1)
    with pytest.raises((TooLarge, Unreadable)):
        decoder.admit(big_flat(9000), "big.png")
    assert decoder.admit(samples.picture()).width == 64
    decoder.close()


def big_flat(side):
    buffer = io.BytesIO()
    Image.new("RGB", (side, side)).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def resident(pid):
    with open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1]) * 4096


def test_the_worker_is_small_again_after_a_large_picture():
    decoder = Decoder(workers=1)
    decoder.admit(samples.picture())
    base = resident(only_worker(decoder).pid)
    decoder.admit(big_flat(4400), "large.png")
    assert resident(only_worker(decoder).pid) < base + 50 * 2**20
    decoder.close()


def test_many_threads_share_the_pool(decoder):
    files = [samples.picture("PNG", (20 + n, 20)) for n in range(40)]
    with ThreadPoolExecutor(8) as pool:
        widths = list(pool.map(lambda data: decoder.admit(data).width, files))
    assert widths == [20 + n for n in range(40)]
    assert len(decoder._all) <= 2


def test_the_worker_knows_no_secret_and_may_write_nothing(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-canary")
    decoder = Decoder(workers=1)
    decoder.admit(samples.picture())
    with open(f"/proc/{only_worker(decoder).pid}/environ", "rb") as file:
        assert b"sk-canary" not in file.read()
    with open(f"/proc/{only_worker(decoder).pid}/limits") as file:
        limits = {line[:26].strip(): line[26:].split()[0] for line in file}
    assert limits["Max file size"] == "0"
    assert limits["Max core file size"] == "0"
    assert int(limits["Max open files"]) <= 64
    assert int(limits["Max address space"]) == 2048 * 2**20
    decoder.close()


def test_closing_stops_the_workers_and_says_so_afterwards():
    decoder = Decoder()
    process = only_worker(decoder)
    decoder.close()
    assert process.poll() is not None
    with pytest.raises(Unavailable):
        decoder.admit(samples.picture())


def test_a_forgotten_decoder_leaves_no_process():
    decoder = Decoder()
    process = only_worker(decoder)
    del decoder
    gc.collect()
    assert process.poll() is not None


def test_a_worker_ends_with_its_parent():
    code = (
        "import os; from retrieval.decoding import Decoder; d = Decoder(); d.admit(b'hello there')\n"
        "print(next(iter(d._all)).process.pid, flush=True); os._exit(0)"
    )
    pid = int(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout)
    for _ in range(50):
        if not is_running(pid):
            return
        time.sleep(0.1)
    pytest.fail("the worker outlived its parent")


def is_running(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().split()[2] != "Z"
    except FileNotFoundError:
        return False


def test_importing_costs_no_native_library():
    code = (
        "import sys, retrieval.decoding as d; print(sorted({'torch', 'av', 'pypdfium2', 'cv2', 'docx', 'onnxruntime'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout.strip() == "[]"


def test_pixels_are_rgb_with_transparency_on_white(decoder):
    assert pixels(decoder.admit(samples.picture("JPEG", (30, 20)))).shape == (20, 30, 3)
    clear = decoder.admit(samples.picture("PNG", colour=(255, 0, 0, 0), mode="RGBA"))
    assert (pixels(clear) == 255).all()
    with pytest.raises(Fault):
        pixels(Content.from_text("x"))
