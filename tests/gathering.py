"""Calls of several threads that gather while a batcher is at work for somebody else."""

import time


def gather(batcher, threads, seconds=20):
    """Start them, let their calls gather, and wait for them: they are worked on together."""
    batcher._led = True
    for thread in threads:
        thread.start()
    until = time.monotonic() + seconds
    while len(batcher._waiting) < len(threads) and time.monotonic() < until:
        time.sleep(0.01)
    batcher._waiting[0].woken.set()
    for thread in threads:
        thread.join(60)
