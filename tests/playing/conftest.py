"""A page that is served, and a browser that looks at it."""

import shutil
import urllib.parse

import pytest
from playwright import sync_api

from tests.playing import page_server

_SLOW_MS = 180_000  # A busy machine may take a minute to import TensorFlow.


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """The page, served by a process of its own; the last test of it ends it."""
    with page_server.serve(tmp_path_factory.mktemp("served")) as served:
        yield served


@pytest.fixture(scope="session")
def browser():
    """Debian's chromium."""
    with sync_api.sync_playwright() as driver:
        with driver.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        ) as launched:
            yield launched


@pytest.fixture
def new_page(server, browser):
    """Returns a function that opens the page in a window of its own."""
    contexts, asked = [], []

    def open_page(query="", **options):
        context = browser.new_context(**options)
        context.set_default_timeout(_SLOW_MS)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.goto(server.address + query)
        page.wait_for_selector(".sc-panel")
        return page

    yield open_page
    for context in contexts:
        context.close()
    hosts = {urllib.parse.urlsplit(url).hostname for url in asked}
    assert hosts <= {"127.0.0.1", None}  # None is data: and blob:.
