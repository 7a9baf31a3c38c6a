"""What a link may say: it is shown as text, and only this machine's own pages ask."""

import shutil
import urllib.error
import urllib.parse
import urllib.request

import pytest

pytestmark = pytest.mark.skipif(
    not shutil.which("chromium"), reason="no chromium on this machine to look at it"
)
_FORM = '<form action="https://example.org/"><h1>Log in</h1><a href="/">x</a></form>'


def test_html_in_an_address_is_shown_as_text(new_page):
    page = new_page("?" + urllib.parse.urlencode({"game": _FORM}))
    toast = page.locator("[data-testid=toast-body]")
    toast.wait_for()
    assert _FORM in toast.inner_text()
    assert toast.locator("form, h1, a").count() == 0


def test_the_policy_lets_no_form_leave(server):
    with urllib.request.urlopen(server.address) as response:
        policy = response.headers["content-security-policy"]
    assert {"form-action 'self'", "base-uri 'none'"} <= set(policy.split("; "))


def test_a_foreign_name_is_not_answered(server):
    request = urllib.request.Request(
        server.address, headers={"Host": "rebound.example"}
    )
    with pytest.raises(urllib.error.HTTPError, match="400"):
        urllib.request.urlopen(request)
