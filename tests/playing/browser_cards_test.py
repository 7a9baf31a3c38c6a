"""How cards look in a real browser, by their pixels."""

import io
import shutil
import urllib.parse

import matplotlib.image
import pytest

pytestmark = pytest.mark.skipif(
    not shutil.which("chromium"), reason="no chromium on this machine to look at it"
)
# No card of it is dashed or has a fill that is open.
_QUERY = " | ".join(["red-solid-circle green-solid-square"] * 8)
_FILLED = {"void": (0.0, 0.0), "dashed": (0.1, 0.9), "*": (0.3, 0.7), "solid": (1, 1)}


def filled(card):
    """Returns how much of the middle of a card has a colour."""
    pixels = matplotlib.image.imread(io.BytesIO(card.screenshot()))
    height, width = pixels.shape[:2]
    middle = pixels[height * 2 // 5 : height * 3 // 5, width * 2 // 5 : width * 3 // 5]
    colors = middle[..., :3].max(axis=2) - middle[..., :3].min(axis=2)
    return (colors > 0.15).mean()


def check(cards, fill):
    least, most = _FILLED[fill]
    assert least <= filled(cards) <= most, fill


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_cards_are_filled_whichever_palette_is_hidden(new_page, scheme):
    page = new_page(
        "?" + urllib.parse.urlencode({"q": _QUERY}),
        color_scheme=scheme,
        device_scale_factor=4,
    )
    for slot in (2, 1):
        page.click(f'[data-number="{slot}"]')
        for color in ("red", "green", "blue"):
            for fill in ("void", "dashed", "solid"):
                choice = f'[data-choice="{color}-{fill}-circle"] svg'
                check(page.locator(f".sc-palette:not([hidden]) {choice}"), fill)
    page.click('[data-number="2"]')
    for fill in _FILLED:
        choice = f'.sc-palette:not([hidden]) [data-choice="red-{fill}-circle"]'
        check(page.locator(f"{choice} svg"), fill)
        page.click(choice)  # Its drawing is copied to the place.
        check(page.locator('[data-number="2"] svg'), fill)


@pytest.mark.parametrize("width", [320, 360, 390, 640, 700, 1280])
def test_no_percentage_of_a_framed_key_is_cut(new_page, width):
    page = new_page(viewport={"width": width, "height": 800})
    room = page.locator(".sc-key").evaluate_all(
        """keys => keys.map(key => {
          const label = key.querySelector("span");
          label.textContent = "100%";  // The longest.
          key.style.transition = "none";
          key.classList.add("sc-match");  // The thickest frame.
          const outer = key.getBoundingClientRect();
          const text = label.getBoundingClientRect();
          const left = outer.left + key.clientLeft;
          return Math.min(text.left - left, left + key.clientWidth - text.right);
        })"""
    )
    assert len(room) == 2 * 27
    assert min(room) > 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width
