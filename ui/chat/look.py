"""How the page looks beyond its theme: the few rules of CSS that the theme of `launch.py` cannot say."""

from __future__ import annotations

import streamlit as st

CSS = """<style>
.stMainBlockContainer { max-width: 52rem; padding-top: 3.2rem; }
.stSidebar .stMainBlockContainer { padding-top: 0; }
a[href^="#cite-"] { font-size: .72em; vertical-align: .35em; line-height: 1; padding: .05em .42em; margin: 0 .1em; border-radius: .6em;
  text-decoration: none !important; border: 1px solid currentColor; font-weight: 600; }
[class*="st-key-refused-"] { border-left: 4px solid #b98a3a !important; }
[class*="st-key-history-"] button { justify-content: flex-start; text-align: left; min-height: 1.9rem; padding: .1rem .4rem; }
[class*="st-key-history-"] button p { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
[class*="st-key-open-"] { min-width: 0; flex: 1 1 auto !important; }
[class*="st-key-sources-"] button { font-size: .85rem; min-height: 2rem; max-width: 100%; }
[class*="st-key-sources-"] button p { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-size: .85rem; }
[class*="st-key-actions-"] button, [class*="st-key-actions-"] button p { font-size: .875rem; }
.stChatMessage { background: transparent; }
.stChatMessage:has([class*="st-key-said-"]) { background: color-mix(in srgb, currentColor 5%, transparent); }
.stChatMessage img { border-radius: 10px; }
@media (prefers-reduced-motion: reduce) { * { animation-duration: .01s !important; transition-duration: .01s !important; } }
</style>"""


def dress() -> None:
    """Put the rules into the page."""
    st.html(CSS)
