"""HTML of reports: pages that hold all they show, tables and figures."""

import base64
import html
import math
from collections.abc import Iterable, Sequence

from set_contrastive.base.figure import Figure

_STYLE = """
:root { color-scheme: light dark; --page: #ffffff; --ink: #1f2328; --soft: #57606a;
  --line: #d8dee4; --good: #1a7f37; --bad: #c0382b; --card: #f6f8fa; }
@media (prefers-color-scheme: dark) { :root { --page: #0d1117; --ink: #e6edf3;
  --soft: #9198a1; --line: #30363d; --good: #3fb950; --bad: #ff7b72;
  --card: #161b22; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 1rem; background: var(--page);
  color: var(--ink); font: 1rem/1.55 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; line-height: 1.25; } h2 { margin-top: 2.5rem; }
p, figcaption { max-width: 46rem; } .soft, figcaption { color: var(--soft); }
figcaption { font-size: .88rem; }
figure { margin: 0; min-width: 0; } img { width: 100%; height: auto; display: block; }
.figures { display: grid; gap: 1.5rem;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 26rem), 1fr)); }
.wide { grid-column: 1 / -1; max-width: 52rem; }
.facts { display: grid; gap: .75rem; padding: 0; list-style: none;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 15rem), 1fr)); }
.facts li { background: var(--card); border: 1px solid var(--line);
  border-radius: .5rem; padding: .75rem 1rem; }
.facts strong { display: block; font-size: 1.35rem; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; font-size: .88rem;
  font-variant-numeric: tabular-nums; width: 100%; }
th, td { padding: .3rem .6rem; text-align: right; white-space: nowrap;
  border-bottom: 1px solid var(--line); }
th:first-child, td:first-child { text-align: left; position: sticky; left: 0;
  background: var(--page); }
.good { color: var(--good); } .bad { color: var(--bad); }
code, pre { font-size: .88rem; } pre { overflow-x: auto; background: var(--card);
  padding: .75rem; border-radius: .5rem; } dt { font-weight: 600; }
dd { margin: 0 0 .5rem; }
"""


def document(title: str, parts: Iterable[str]) -> str:
    """Returns a whole page, whose parts stand below each other.

    Args:
      title: What a browser's tab shows.
      parts: HTML.
    """
    head = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{html.escape(title)}</title>",
        f"<style>{_STYLE}</style></head><body><main>",
    ]
    return "\n".join([*head, *parts, "</main></body></html>\n"])


def figures(drawn: Iterable[Figure]) -> str:
    """Returns figures beside each other where the page is wide enough."""
    return f'<div class="figures">{"".join(map(_figure, drawn))}</div>'


def _figure(figure: Figure) -> str:
    light, dark = (
        "data:image/svg+xml;base64," + base64.b64encode(figure.render(d)).decode()
        for d in (False, True)
    )
    caption = html.escape(figure.caption)
    wide = ' class="wide"' if figure.size[0] > 6 else ""
    return (
        f'<figure{wide}><picture><source media="(prefers-color-scheme: dark)" '
        f'srcset="{dark}"><img src="{light}" alt="{caption}"></picture>'
        f"<figcaption>{caption}</figcaption></figure>"
    )


def table(head: Iterable[str], rows: Iterable[Sequence[str]]) -> str:
    """Returns a table that scrolls where the page is narrow; cells are HTML."""
    body = (f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return (
        '<div class="scroll"><table><thead><tr>'
        + "".join(f"<th>{name}</th>" for name in head)
        + f"</tr></thead><tbody>{''.join(body)}</tbody></table></div>"
    )


def number(value: float, sign: bool = False) -> str:
    """Returns a KL with the digits that count, never as a power of ten."""
    if not math.isfinite(value):
        return str(value)
    size = abs(value)
    digits = 3 if size >= 0.0995 else 5 if size >= 0.0001 or not size else 6
    return f"{value:{'+' if sign else ''}.{digits}f}"
