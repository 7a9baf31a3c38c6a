"""A browser that looks at a page."""

import html
import json
import re
import shutil
import subprocess

import pytest

needed = pytest.mark.skipif(
    not shutil.which("chromium"), reason="no chromium on this machine to look at it"
)


def measured(page, profile, window, dark):
    """Returns what a page has written into its title, as JSON, once it was shown."""
    found = subprocess.run(
        [
            "chromium",
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            f"--user-data-dir={profile}",
            f"--window-size={window}",
            *(["--blink-settings=preferredColorScheme=0"] if dark else []),
            "--dump-dom",
            page.as_uri(),
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    title = re.search(r"<title>(.*?)</title>", found.stdout)[1]
    return json.loads(html.unescape(title))
