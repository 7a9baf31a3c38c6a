"""The page in a real browser, beside what `export.score` says of the same weights."""

import json
import pathlib
import shutil
import urllib.parse

import numpy as np
import pytest
import tensorflow as tf

from export import exported_scorer
from export import score
from set_contrastive.games import registry
from tests.playing import exported
from tests.playing import page_server

pytestmark = pytest.mark.skipif(
    not shutil.which("chromium"), reason="no chromium on this machine to look at it"
)
_QUERY = (
    "red-solid-circle green-*-square | blue-void-triangle *-dashed-circle | "
    "green-solid-square green-solid-square | red-void-square blue-*-* | "
    "red-dashed-circle red-void-triangle | blue-solid-circle green-void-* | "
    "green-dashed-triangle *-solid-square | red-void-circle red-void-triangle"
)


def when_shown(page, text):
    """Waits until the address has a text, and the page shows what it says."""
    page.wait_for_function("text => location.search.includes(text)", arg=text)


def address(page):
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(page.url).query))


def numbers(page, model):
    """Returns the measures of a model and the probabilities of its keys, as shown."""
    panel = page.locator(f'[data-panel="{model}"]')
    measures = panel.locator("[data-measure]").evaluate_all(
        "all => all.map(e => [e.dataset.measure, e.dataset.value, e.innerText])"
    )
    keys = panel.locator("[data-key]").evaluate_all(
        "all => all.map(e => [e.dataset.key, e.dataset.p, e.ariaLabel])"
    )
    return {name: (float(value), text) for name, value, text in measures}, keys


def scored(folder, text):
    """Returns probabilities as `export.score` prints them, by key, and unrounded."""
    lines = score.score_text(folder, text, 27).splitlines()[1:28]
    printed = {line.split()[0]: line.split()[1:] for line in lines}
    query = tf.constant(registry.get("union_27").parse(text)[None])
    scorer = exported_scorer.load(folder)
    outputs = scorer.signatures["score_all"](query=query)
    return printed, outputs["probabilities"].numpy()[0].astype(np.float64)


def compose(page, text):
    """Chooses each card of a query in turn, by clicks."""
    cards = [token for token in text.split() if token != "|"]
    for number, card in enumerate(cards, 1):
        page.click(f'[data-number="{number}"]')
        page.click(f'.sc-palette:not([hidden]) [data-choice="{card}"]')


def test_a_composed_query_is_measured_as_export_score_does(new_page, tmp_path):
    page = new_page()
    compose(page, _QUERY)
    page.focus("#sc-d")
    page.keyboard.press("ArrowRight")
    when_shown(page, "d=8")
    when_shown(page, urllib.parse.urlencode({"q": _QUERY}))
    assert page.get_attribute("#sc-d", "aria-valuetext") == "d = 8"
    measures, keys = numbers(page, "two_tower_d8")
    printed, p = scored(exported.export("two_tower_d8", tmp_path), _QUERY)
    assert len(keys) == 27
    for place, (key, shown, label) in enumerate(keys):
        assert float(shown) == pytest.approx(p[place], abs=2e-6)
        assert float(shown) == pytest.approx(float(printed[key][0]), abs=6e-5)
        told = "matches" if printed[key][1] == "yes" else "does not match"
        assert label.endswith(f", {told}")
    matches = np.array([printed[key][1] == "yes" for key, _, _ in keys])
    size = matches.sum()
    kl = np.mean(np.log(1 / size / p[matches]))
    overlap = matches[np.argsort(-p)[:size]].mean()
    assert measures["kl_nats"][0] == pytest.approx(kl, abs=1e-5)
    assert measures["kl_nats"][1] == f"{kl:.4f}"
    assert measures["overlap"] == (pytest.approx(overlap), f"{overlap:.3f}")
    entropy = -(p * np.log2(p)).sum()
    assert measures["entropy_bits"][0] == pytest.approx(entropy, abs=1e-5)
    assert measures["leaked"][0] == pytest.approx(p[~matches].sum(), abs=1e-5)
    floors = json.loads(
        (
            page_server.ROOT / "docs/results/theory/free_embedding_floors.json"
        ).read_text()
    )
    (floor,) = [
        row["kl_nats"]
        for row in floors["rows"]
        if row["game"] == "union_27" and row["vector_dim"] == 8
    ]
    assert page.inner_text("[data-floor] >> nth=0") == f"{floor:.3g}"
    # Whoever gets the address sees the same.
    other = new_page(
        urllib.parse.urlsplit(page.url)._replace(scheme="", netloc="").geturl()[1:]
    )
    assert numbers(other, "two_tower_d8") == (measures, keys)


def test_a_key_is_explained_by_clicking_and_by_keys(new_page):
    page = new_page()
    page.focus('[data-panel="two_tower_d4"] [data-key] >> nth=0')
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_selector(".sc-why table")
    picked = json.loads(address(page)["key"])
    assert picked == ["two_tower_d4", "green-void-circle"]
    pressed = page.locator('[data-key][aria-pressed="true"]')
    assert pressed.get_attribute("data-key") == "green-void-circle"
    left_out = page.locator('[data-method="left out"]')
    values = left_out.evaluate_all("all => all.map(e => Number(e.dataset.value))")
    assert len(values) == 8
    most = 1 + int(np.argmax(values))
    assert f"Pair {most} adds most" in page.inner_text(".sc-why")


def test_errors_are_marked_in_the_text(new_page):
    page = new_page()
    page.click("text=The query as text")
    page.click("#sc-text")
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(_QUERY.replace("*-dashed-circle", "*-dotted-circle"))
    page.wait_for_selector("#sc-wrong mark")
    assert page.inner_text("#sc-wrong mark") == "*-dotted-circle"
    assert "token 5" in page.inner_text("#sc-wrong")
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(_QUERY)
    when_shown(page, urllib.parse.urlencode({"q": _QUERY}))
    assert page.locator("#sc-wrong mark").count() == 0
    shown = page.locator("[data-token]").evaluate_all(
        "all => all.map(e => e.dataset.token)"
    )
    assert " ".join(shown) == _QUERY


def test_the_hardest_query_is_worse_than_usual(new_page):
    page = new_page()
    page.click("#sc-hardest")
    page.wait_for_selector("#sc-note p")
    told = float(page.inner_text("#sc-note").rpartition("KL ")[2].rstrip("."))
    page.wait_for_function(
        "told => Math.abs(document.querySelector('[data-measure=kl_nats]')"
        ".dataset.value - told) < 1e-4",
        arg=told,
    )
    assert told > 0.7  # Twice the mean of d = 4.


def test_people_do_not_see_each_others_state(new_page):
    one, two = new_page(), new_page()
    before = address(two), numbers(two, "two_tower_d4")
    one.focus("#sc-d")
    one.keyboard.press("End")
    one.click("#sc-random")
    when_shown(one, "d=27")
    one.wait_for_function(
        "old => !location.search.includes(old)", arg=before[0]["q"][:40]
    )
    two.click("text=late interaction")
    when_shown(two, "late_interaction")
    assert address(two)["q"] == before[0]["q"] and address(two)["d"] == "4"
    assert numbers(two, "two_tower_d4") == before[1]
    assert address(new_page()) == before[0]


def test_quick_clicks_do_not_queue_up(new_page):
    page = new_page()
    asked = []
    page.on("request", lambda r: asked.append(r.url) if "queue/join" in r.url else None)
    page.evaluate(
        """async () => {
          const cards = document.querySelectorAll(".sc-palette:not([hidden]) button");
          for (let n = 0; n < 50; n++) {
            cards[n % cards.length].click();
            await new Promise(done => setTimeout(done, 5));
          }
        }"""
    )
    last = page.get_attribute('[data-number="1"]', "data-token")
    when_shown(page, "q=" + last)  # The last one is answered.
    assert len(asked) < 50
    asked.clear()
    page.evaluate(
        """async () => {
          for (let n = 0; n < 50; n++) {
            document.querySelector("#sc-hardest").click();
            await new Promise(done => setTimeout(done, 5));
          }
        }"""
    )
    page.wait_for_selector("#sc-note p")
    assert len(asked) < 10


@pytest.mark.parametrize(
    ("width", "scheme"), [(390, "dark"), (390, "light"), (1280, "dark")]
)
def test_it_fits_a_phone_and_a_dark_room(new_page, width, scheme):
    page = new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    light = sum(map(int, background[4:-1].split(",")))
    assert light < 150 if scheme == "dark" else light > 700
    unnamed = page.evaluate(
        """() => [...document.querySelectorAll("button, input, textarea, select")]
          .filter(e => e.checkVisibility() && !e.innerText.trim() && !e.ariaLabel
            && !e.labels?.length && !e.title).map(e => e.outerHTML.slice(0, 200))"""
    )
    assert unnamed == []


def test_it_listens_on_loopback_alone(server):
    listening = []
    for table in ("tcp", "tcp6"):
        for line in pathlib.Path("/proc/net", table).read_text().splitlines()[1:]:
            local, state = line.split()[1], line.split()[3]
            if state == "0A" and int(local.rpartition(":")[2], 16) == server.port:
                listening.append(local.rpartition(":")[0])
    assert listening == ["0100007F"]


def test_it_leaves_nothing_behind(server):
    """The last test: what all others did was written to one folder, which goes."""
    (only,) = server.written()
    assert only.startswith("tmp/play_")
    assert server.stop() == 0
    assert server.written() == []
