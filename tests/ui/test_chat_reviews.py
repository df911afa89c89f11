"""The review queue in the owner's page, over the real service and in a real browser."""

import pytest
from own_service import service_here
from page_in_browser import browser, keep, needs_chromium, settled, streamlit

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.case("LLM09")]
LEASE = b"# Lease\n\n## Deposit\nThe landlord must return the deposit within 30 days after the tenant has moved out.\n"


@pytest.fixture
def page(tmp_path):
    needs_chromium()
    with service_here(tmp_path, **{"high_stakes.legal": "review"}) as (api, bound):
        store = api._json("POST", "/v1/vector_stores", json={"name": "default"})["id"]
        file = api._json("POST", "/v1/files", files={"file": ("lease.md", LEASE)}, data={"purpose": "assistants"})["id"]
        api._json("POST", f"/v1/vector_stores/{store}/files", json={"file_id": file})
        while api._json("GET", f"/v1/vector_stores/{store}")["file_counts"]["in_progress"]:
            pass
        for question in ("Can I sue my landlord for keeping the deposit?", "My landlord keeps my deposit, is that legal?"):
            body = {"model": "assistant", "messages": [{"role": "user", "content": question}]}
            assert "waits for a person" in api._json("POST", "/v1/chat/completions", json=body)["choices"][0]["message"]["content"]
        with streamlit(bound.address, tmp_path / "log", bound.token) as address, browser(f"{address}reviews") as chrome:
            yield api, chrome


def test_a_person_gives_one_answer_and_rejects_another(page):
    api, chrome = page
    tab = chrome.page(path="?lang=en")
    tab.get_by_role("button", name="Give this answer").nth(1).wait_for(timeout=60_000)
    settled(tab)
    assert tab.get_by_text("within 30 days").count() >= 4  # each draft and each source
    assert tab.get_by_test_id("stException").count() == 0
    keep(tab, "review")
    tab.get_by_role("button", name="Give this answer").first.click()
    tab.get_by_text("Decided: 1").wait_for(timeout=20_000)
    tab.get_by_label("The reason").fill("This needs a lawyer.")
    tab.get_by_role("button", name="Reject").click()
    tab.get_by_text("Decided: 2").wait_for(timeout=20_000)
    assert [row["state"] for row in api.reviews()] == ["rejected", "approved"]
    tab.context.close()
    chinese = chrome.page(path="?lang=zh", locale="zh-CN")
    chinese.get_by_text("已处理：2").wait_for(timeout=60_000)
    chinese.context.close()
    assert not chrome.foreign
