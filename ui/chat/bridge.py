"""What Streamlit's page cannot do by itself: hear a click on a citation mark, go to the newest message, copy. Trusted script only.

Nothing of a document ever becomes script or HTML here: what is copied travels as data, and of a clicked link only an id comes back.
"""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

MARK = "cite-"
"""Links whose target begins so are ours: `#cite-<message>-<number>`."""

_CITE_JS = """
export default function ({ parentElement, data, setTriggerValue }) {
  const main = document.querySelector('.stMain');
  const seen = window.__synesthesiaSeen ??= { latest: null, rests: null, stay: false };
  if (main && (data.latest !== seen.latest || data.rests !== seen.rests)) {
    if (data.latest !== seen.latest) {
      seen.stay = true;
      for (const name of ["wheel", "touchmove"]) {
        main.addEventListener(name, () => { seen.stay = false; }, { once: true, passive: true });
      }
    }
    Object.assign(seen, { latest: data.latest, rests: data.rests });
    let times = 15;
    const down = () => {
      if (!seen.stay) return;
      main.scrollTop = main.scrollHeight;
      if (--times > 0) setTimeout(down, 100);
    };
    if (data.latest) down();
  }
  const old = parentElement.__cite;
  if (old) document.removeEventListener("click", old, true);
  const listen = (event) => {
    const link = event.target.closest && event.target.closest('a[href^="#cite-"]');
    if (!link) return;
    event.preventDefault();
    event.stopPropagation();
    setTriggerValue("cite", link.getAttribute("href").slice(6));
  };
  parentElement.__cite = listen;
  document.addEventListener("click", listen, true);
  return () => document.removeEventListener("click", listen, true);
}
"""

_COPY_HTML = '<button type="button"><span aria-hidden="true"></span><b></b></button>'
_COPY_CSS = """
button { all: unset; cursor: pointer; display: inline-flex; align-items: center; gap: .35rem; min-height: 2rem; padding: 2px .35rem 0;
  font: inherit; font-size: .875rem; color: inherit; opacity: .8; border-radius: .5rem; white-space: nowrap; }
button:hover { opacity: 1; color: var(--st-primary-color); }
button:focus-visible { outline: 2px solid var(--st-primary-color); }
b { font-weight: 400; }
span { width: .7rem; height: .8rem; border: 1.5px solid currentColor; border-radius: 3px; box-shadow: -3px 3px 0 -1px currentColor; }
"""
_COPY_JS = """
export default function ({ parentElement, data }) {
  const button = parentElement.querySelector("button");
  const words = parentElement.querySelector("b");
  words.textContent = data.label;
  button.setAttribute("aria-label", data.label);
  button.onclick = async () => {
    try {
      await navigator.clipboard.writeText(data.text);
    } catch (refused) {
      const area = document.createElement("textarea");
      area.value = data.text;
      document.body.appendChild(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    words.textContent = data.done;
    setTimeout(() => { words.textContent = data.label; }, 1500);
  };
}
"""


@st.cache_resource  # type: ignore[untyped-decorator]
def _components() -> tuple[Callable[..., object], Callable[..., object]]:
    cite = st.components.v2.component("synesthesia_cite", js=_CITE_JS)
    copy = st.components.v2.component("synesthesia_copy", html=_COPY_HTML, css=_COPY_CSS, js=_COPY_JS)
    return cite, copy


def clicked_mark(latest: str, *, rests: bool) -> str:
    """The mark clicked just now as `<message>-<number>`; empty for none. Call once a run, before the messages are drawn.

    `latest` names the newest message: when it changes, the page scrolls down to it (Streamlit only stays down, it never goes there), and
    again when it `rests`, because its pictures came in between, unless the person scrolled away.
    """
    with st.container(key="bridge"):
        result = _components()[0](key="marks", data={"latest": latest, "rests": rests}, on_cite_change=lambda: None)
    return str(getattr(result, "cite", "") or "")


def copy_button(key: str, text: str, words: str, done: str) -> None:
    """A button that puts `text` on the clipboard."""
    _components()[1](key=key, data={"text": text, "label": words, "done": done}, width="content")
