"""How the page looks beyond its theme: the few rules of CSS that the theme of `launch.py` cannot say."""

from __future__ import annotations

import streamlit as st
from PIL import Image, ImageDraw

CSS = """<style>
.stMainBlockContainer { max-width: 52rem; padding-top: 4.5rem; padding-bottom: 2rem; }
.stMainBlockContainer:has(.st-key-map-page), .stMainBlockContainer:has(.st-key-gallery-page) { max-width: 84rem; }
[data-testid="stBottomBlockContainer"] { max-width: 52rem; padding-bottom: 1.5rem; }
[data-testid="stSidebarHeader"] { height: 2.6rem; margin-bottom: 0; padding-bottom: 0; }
.stSidebar hr { margin: .4rem 0; }
a[href^="#cite-"] { font-size: .7em; vertical-align: .4em; line-height: 1; padding: .1em .45em; margin: 0 .15em; border-radius: 1em;
  text-decoration: none !important; font-weight: 600; background: color-mix(in srgb, currentColor 14%, transparent); }
a[href^="#cite-"]:hover, a[href^="#cite-"]:focus-visible { outline: 1.5px solid currentColor; }
[class*="st-key-refused-"] { border-left: 4px solid #b98a3a !important; }
[class*="st-key-history-"] button { justify-content: flex-start; text-align: left; min-height: 1.8rem; padding: .05rem .4rem; }
[class*="st-key-history-"] button > div, [class*="st-key-history-"] button span { justify-content: flex-start; width: 100%; }
[class*="st-key-menu-"] { flex: 0 0 auto !important; }
[class*="st-key-menu-"] button p, [class*="st-key-pick-"] button p, [class*="st-key-look-"] button p,
[class*="st-key-remove-"] button p { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
  white-space: nowrap; }
.st-key-person button, .st-key-person a, .st-key-person p { font-size: .85rem; min-height: 1.8rem; padding: 0; }
.st-key-person p { min-height: 0; }
.st-key-bridge { display: none; }
[class*="st-key-history-"] button p { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
[class*="st-key-menu-"] button > div > div:last-child:not(:first-child) { display: none; }
[class*="st-key-open-"] { min-width: 0; flex: 1 1 auto !important; }
[class*="st-key-sources-"] button { min-height: 2rem; max-width: 100%; background: color-mix(in srgb, currentColor 3%, transparent); }
[class*="st-key-sources-"] button p { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-size: .85rem; }
[class*="st-key-actions-"] button, [class*="st-key-actions-"] button p { font-size: .85rem; }
[class*="st-key-actions-"] { opacity: .75; transition: opacity .15s; }
[class*="st-key-actions-"]:hover, [class*="st-key-actions-"]:focus-within { opacity: 1; }
[class*="st-key-face-"] { position: relative; }
[class*="st-key-face-"] img { border-radius: 10px; display: block; }
[class*="st-key-face-"] [data-testid="stElementToolbar"] { display: none; }
[class*="st-key-face-"] .marks span { position: absolute; font-size: .75rem; line-height: 1.5rem; height: 1.5rem; border-radius: .75rem;
  padding: 0 .55rem; background: rgba(20, 22, 25, .72); color: #fff; pointer-events: none; }
[class*="st-key-face-"] .marks .number { left: .5rem; top: .5rem; font-weight: 700; background: #2f5d50;
  min-width: 1.5rem; text-align: center; }
[class*="st-key-face-"] .marks .made { left: .5rem; bottom: .5rem; }
[class*="st-key-face-"] .stElementContainer:has(.marks) { position: absolute; inset: 0; height: auto !important; }
[class*="st-key-pick-"] { position: absolute !important; inset: 0; width: 100% !important; height: auto !important; }
[class*="st-key-pick-"] div, [class*="st-key-pick-"] button { height: 100%; width: 100%; }
[class*="st-key-pick-"] button { background: transparent !important; border: 2px solid transparent; border-radius: 10px; cursor: pointer; }
[class*="st-key-pick-"] button:hover, [class*="st-key-pick-"] button:focus-visible { border-color: #4c8a76;
  box-shadow: 0 0 0 2px #4c8a76; }
.st-key-picture_words [data-testid="InputInstructions"], .st-key-gallery_words [data-testid="InputInstructions"] { display: none; }
[class*="st-key-acts-"] button, [class*="st-key-acts-"] button p { font-size: .85rem; }
.st-key-face-strip-here img { outline: 3px solid #4c8a76; outline-offset: 1px; }
[data-testid="stStatusWidget"] { display: none; }
.stChatMessage { background: transparent; }
.stChatMessage:has([class*="st-key-said-"]) { background: color-mix(in srgb, currentColor 5%, transparent); }
.stChatMessage img { border-radius: 10px; }
@media (prefers-reduced-motion: reduce) { * { animation-duration: .01s !important; transition-duration: .01s !important; } }
</style>"""

ALONE = """<style>[data-testid="stSidebar"], [data-testid="stExpandSidebarButton"], [data-stale="true"] { display: none; }</style>"""


def favicon() -> Image.Image:
    """Five bars of sound in the colours of light. Drawn here, because a named icon would be fetched from a foreign host."""
    icon = Image.new("RGBA", (64, 64), (0, 0, 0, 0))
    pen = ImageDraw.Draw(icon)
    for number, (height, colour) in enumerate(((20, "#2f5d50"), (40, "#4c8a76"), (58, "#b98a3a"), (34, "#c7604a"), (16, "#5a6fa8"))):
        left = 4 + number * 12
        pen.rounded_rectangle((left, 32 - height / 2, left + 7, 32 + height / 2), 3.5, fill=colour)
    return icon


def dress() -> None:
    """Put the rules into the page."""
    st.html(CSS)


def alone() -> None:
    """Show only what comes next. What an earlier run drew stands until this one has ended: not to be read by whoever is logged out."""
    st.html(ALONE)
