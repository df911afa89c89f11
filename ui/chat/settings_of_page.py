"""What the page's process was started with: the service, the token of this machine, the code of the first account, where it listens.

The page is a process of its own that must not read the service's settings file, so its values come from its own environment; a token is
never an argument, where other users of the machine could read it.
"""

from __future__ import annotations

import argparse
import os
import sys

import streamlit as st

DEFAULT_ADDRESS = "http://127.0.0.1:8000"
COOKIE = "synesthesia_session"
LOOPBACK = ("", "127.0.0.1", "::1", "localhost")


def where() -> tuple[str, str]:
    """Address and token of the service."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--api", default=os.environ.get("ASSISTANT_API_URL", DEFAULT_ADDRESS))
    known, _ = parser.parse_known_args(sys.argv[1:])
    return str(known.api), os.environ.get("ASSISTANT_API_TOKEN", "")


def setup_code() -> str:
    """What whoever makes the first account must know; empty where nobody can make one here."""
    return os.environ.get("ASSISTANT_SETUP_CODE", "")


def beyond_this_machine() -> bool:
    """Whether others than this machine can reach the page."""
    return str(st.get_option("server.address") or "") not in LOOPBACK


def providers() -> tuple[str, ...]:
    """Names of the providers of OpenID Connect in Streamlit's secrets; `default` for an unnamed one."""
    try:
        found = dict(st.secrets["auth"]) if "auth" in st.secrets else {}
    except FileNotFoundError:
        return ()
    named = tuple(str(name) for name, value in found.items() if hasattr(value, "keys") and "client_id" in value)
    return (*(("default",) if "client_id" in found else ()), *named)
