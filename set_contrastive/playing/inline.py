"""Pages and pictures inside of the page, as HTML that needs no other file."""

import base64
import html
import pathlib


def page(title: str, text: str) -> str:
    """Returns a frame with a page of its own, whose scripts do not run."""
    return (
        f'<iframe class="sc-frame" sandbox="" title="{html.escape(title)}" '
        f'srcdoc="{html.escape(text)}"></iframe>'
    )


def picture(path: pathlib.Path, caption: str) -> str:
    """Returns a PNG with its caption."""
    content = base64.b64encode(path.read_bytes()).decode()
    return (
        f'<figure class="sc-figure"><img alt="{html.escape(caption)}" '
        f'src="data:image/png;base64,{content}"><figcaption>{html.escape(caption)}'
        "</figcaption></figure>"
    )
