"""Models on Ray Serve, with a real Ray: the same answers, one batch for many callers, full queues, and replicas that are killed."""

import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from library_samples import CACHE

from retrieval.content import Content
from retrieval.embedders.minilm import create as minilm
from retrieval.faults import Busy, Cancelled, InvalidInput, Unavailable
from retrieval.serving.served import RETRY_SECONDS
from tools.emotions.words import create as felt_words
from tools.image_generators.base import ImageRequest, Watch
from tools.image_generators.shapes import create as shapes

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("ray")]
SECONDS = 90
"""Generous: two cores, and others on them."""


def texts(count, start=0):
    return [Content.from_text(f"question {n} about the warranty of jacket {n % 7}") for n in range(start, start + count)]


def until(true, seconds=SECONDS):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.2)


def test_vectors_are_those_of_the_process(ray_models):
    served, here = ray_models.served("words_in_two"), minilm(CACHE)
    assert (served.space, served.dimension, served.modalities, served.card) == (here.space, here.dimension, here.modalities, here.card)
    for contents in (texts(1), texts(8), texts(40)):
        assert np.abs(served.embed(contents) - here.embed(contents)).max() < 1e-6


def test_readings_and_pictures_are_those_of_the_process(ray_models):
    words = Content.from_text("I am so glad that you are here!")
    assert ray_models.served("felt_words").analyze(words, "en") == felt_words().analyze(words, "en")
    request = ImageRequest(prompt="a red circle and a tree", width=96, height=96, seed=5)
    assert ray_models.served("shapes").generate(request) == shapes().generate(request)


def test_many_callers_share_batches_and_each_gets_its_own(ray_models):
    served = ray_models.served("words_in_two")
    alone = minilm(CACHE)
    with ThreadPoolExecutor(24) as callers:
        found = list(callers.map(lambda n: served.embed(texts(1 + n % 3, n)), range(240)))
    for n, vectors in enumerate(found):
        assert np.abs(vectors - alone.embed(texts(1 + n % 3, n))).max() < 1e-5
    assert max(served.call("describe")["largest_batch"] for _ in range(12)) > 1


def test_one_bad_content_costs_nobody_else_an_answer(ray_models):
    served, image = ray_models.served("words_in_two"), Content(modality="image", media_type="image/png", data=b"x")

    def ask(n):
        if n % 5:
            return served.embed(texts(1, n)).shape
        with pytest.raises(InvalidInput) as caught:
            served.embed([image])
        return caught.value.hint

    with ThreadPoolExecutor(12) as callers:
        assert set(callers.map(ask, range(60))) == {(1, 384), "Send text."}


def test_a_full_queue_is_busy_and_says_when_to_try_again(ray_models):
    narrow, faults, drawn = ray_models.served("narrow_shapes"), [], []

    def draw(seed):
        try:
            drawn.append(narrow.generate(ImageRequest(prompt="a house and a tree", width=1024, height=1024, seed=seed)))
        except Busy as fault:
            faults.append((fault.status, fault.retry_after, bool(fault.hint)))

    with ThreadPoolExecutor(16) as callers:
        list(callers.map(draw, range(32)))
    assert drawn
    assert set(faults) == {(503, RETRY_SECONDS, True)}


def test_a_drawing_that_is_stopped_stops(ray_models):
    cancel, shares = threading.Event(), []

    def progress(share):
        shares.append(share)
        cancel.set()

    with pytest.raises(Cancelled):
        ray_models.served("shapes").generate(
            ImageRequest(prompt="three houses and a tree", n=8, width=2048, height=2048, seed=1), Watch(progress, cancel=cancel)
        )
    assert shares
    assert shares[0] < 1


def test_a_server_that_was_started_for_another_model_is_told(ray_models):
    with pytest.raises(Unavailable) as caught:
        ray_models.served("words_in_two", identity="another").embed(texts(1))
    assert caught.value.code == "model_changed"
    assert caught.value.hint


def test_what_nobody_serves_is_named(ray_models):
    from retrieval.serving.encoders import ServedEmbedder

    with pytest.raises(Unavailable) as caught:
        ServedEmbedder(ray_models.connection, "absent", "retrieval.embedders", "any").embed(texts(1))
    assert (caught.value.code, caught.value.status) == ("models_unavailable", 503)


def test_there_are_more_replicas_under_load(ray_models):
    served, ended = ray_models.served("growing"), threading.Event()
    assert ray_models.status("growing")["running"] == 1

    def load():
        while not ended.is_set():
            served.embed(texts(8))

    with ThreadPoolExecutor(8) as callers:
        for _ in range(8):
            callers.submit(load)
        try:
            until(lambda: ray_models.status("growing")["running"] == 2)
        finally:
            ended.set()


def test_a_replica_that_is_killed_under_load_fails_no_call_and_comes_again(ray_models):
    served, here = ray_models.served("words_in_two"), minilm(CACHE)
    expected = here.embed(texts(50))
    until(lambda: len(ray_models.replicas("words_in_two")) == 2)
    ended, failed, counts = threading.Event(), [], []

    def load(caller):
        done = 0
        while not ended.is_set():
            n = (caller * 7 + done) % 50
            try:
                assert np.abs(served.embed(texts(1, n))[0] - expected[n]).max() < 1e-5
                done += 1
            except Exception as error:
                failed.append(error)
        counts.append(done)

    with ThreadPoolExecutor(8) as callers:
        for caller in range(8):
            callers.submit(load, caller)
        try:
            time.sleep(2)
            before = ray_models.replicas("words_in_two")
            os.kill(min(before), signal.SIGKILL)
            until(lambda: len(ray_models.replicas("words_in_two") - before) == 1)
            until(lambda: ray_models.status("words_in_two")["running"] == 2)
            until(lambda: {served.call("describe")["pid"] for _ in range(8)} - before)
        finally:
            ended.set()
    assert failed == []
    assert min(counts) > 0
    assert ray_models.status("words_in_two")["health"] == "HEALTHY"


def test_calls_wait_for_the_successor_of_the_only_replica(ray_models):
    served, words = ray_models.served("felt_words"), Content.from_text("I am so glad that you are here!")
    expected = served.analyze(words, "en")
    [only] = ray_models.replicas("felt_words")
    with ThreadPoolExecutor(4) as callers:
        os.kill(only, signal.SIGKILL)
        assert all(found == expected for found in callers.map(lambda n: served.analyze(words, "en"), range(12)))
    assert ray_models.replicas("felt_words").isdisjoint({only})
