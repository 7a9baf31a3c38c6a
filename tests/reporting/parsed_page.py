"""Pages of an advice, and what a reader finds there."""

import html.parser

from set_contrastive.reporting import advice_page

FIGURES = {"causes", "stored", "survives", "reached"}


class Page(html.parser.HTMLParser):
    """The words of a page, its titles, tables and links."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.links, self.tables, self.titles, self.words = [], [], [], [], ""
        self._cell = False
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.links += [v for k, v in attributes if k in ("src", "href", "srcset")]
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][-1].append("")
            self._cell = True
        elif tag in ("h1", "h2"):
            self.titles.append("")

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self._cell = False

    def handle_data(self, data):
        if self.tags[-1:] in ([], ["style"]):
            return
        self.words += data.replace("\xa0", " ").replace("\n", " ")
        if self._cell:
            self.tables[-1][-1][-1] += data.strip()
        elif self.tags[-1] in ("h1", "h2"):
            self.titles[-1] += data.strip()

    def table(self, *head):
        """Returns the rows of the tables with such a head."""
        (found, *_) = (t for t in self.tables if t[0][: len(head)] == list(head))
        return found[1:]


def write(advice, output):
    """Writes the page of an advice; returns it parsed, and its text."""
    advice_page.write(advice, output)
    text = (output / "index.html").read_text(encoding="utf-8")
    return Page(text), text


def without_spaces(text):
    """Returns a text with one space between words."""
    return " ".join(text.split())
