"""The page of an advice: one HTML file that holds all it shows."""

import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

from set_contrastive.base.figure import Figure
from set_contrastive.reporting import advice_causes
from set_contrastive.reporting import advice_figures
from set_contrastive.reporting import advice_sentences
from set_contrastive.reporting import advice_several
from set_contrastive.reporting import advice_tables
from set_contrastive.reporting import markup

PAGE = "index.html"

Row = Mapping[str, Any]

_NONE, _CANNOT_TELL = "none", "judgements cannot tell"
_TITLES = {
    "not told": "What limits these vectors is not told",
    "geometry": "The number of dimensions limits these vectors",
    "document encoder": "The document encoder limits these vectors",
    "query encoder": "The query encoder limits these vectors",
    _NONE: "Nothing that was looked at limits these vectors",
    _CANNOT_TELL: "These judgements cannot tell what limits vectors",
}
_WITHOUT_VECTORS = "What the judgements alone tell of the dimension"
_UNTOLD = "An encoder limits these vectors, which one cannot be told"
_FIGURES = ("survives", "causes", "stored", "reached", "several")
_HOW = {
    "none": "as they are",
    "prefix": "the first coordinates",
    "random": "any coordinates",
    "pca": "by PCA",
    "learned": "by linear heads",
}


def write(advice: Mapping[str, Any], output: pathlib.Path) -> None:
    """Writes `index.html`, which needs no other file, and a PNG of each figure.

    A figure that an earlier page had and this one has not is removed.

    Args:
      advice: The values of advice.json.
      output: Folder that they go to.
    """
    output.mkdir(parents=True, exist_ok=True)
    figures = _figures(advice)
    for name in _FIGURES:
        if name in figures:
            figures[name].save(output)
        else:
            (output / f"{name}.png").unlink(missing_ok=True)
    (output / PAGE).write_text(_render(advice, figures), encoding="utf-8")


def _figures(advice: Row) -> dict[str, Figure]:
    exists, measure = advice["exists"], advice["measure"]
    found = [advice_figures.survives(exists, advice["robust"])]
    if advice["causes"]:
        found.append(advice_causes.causes(advice["causes"], measure))
    if advice["yours"]:
        found.append(
            advice_figures.stored(
                advice["yours"],
                advice["recommendation"],
                advice.get("tolerance"),
                measure,
            )
        )
    rows = advice["reached"]
    if rows:
        one = advice_several.single(rows)
        found.append(advice_figures.reached(one, exists["upper"], measure))
    if advice_several.several(rows):
        found.append(advice_several.figure(rows, measure))
    return {figure.name: figure for figure in found}


def _render(advice: Row, figures: Mapping[str, Figure]) -> str:
    judged, measure, causes = advice["judgements"], advice["measure"], advice["causes"]
    yours, rows = advice["yours"], advice["reached"]
    title = _TITLES[advice["verdict"]]
    if not yours and advice["verdict"] != _CANNOT_TELL:
        title = _WITHOUT_VECTORS
    if advice.get("sides") and not advice["sides"]["told"]:
        title = _UNTOLD
    tolerance = advice.get("tolerance")
    ways = (yours, advice["recommendation"], measure, tolerance)
    return markup.render(
        "advice.html.j2",
        title=title,
        measure=measure,
        facts=_facts(advice),
        next_step=advice["next_step"],
        informative=judged["informative"],
        reason=judged["reason"][:1].upper() + judged["reason"][1:],
        figures=figures,
        causes=advice_tables.causes(causes) if causes else None,
        lost=advice_sentences.lost(causes[-1], measure) if causes else "",
        sides=advice_sentences.sides(advice.get("sides")),
        reranker=advice_sentences.runs(advice["reranker"], measure),
        stored=advice_tables.stored(*ways, best=True) if yours else None,
        every_way=advice_tables.stored(*ways, best=False) if yours else None,
        tolerance="" if tolerance is None else f" of {tolerance:g}",
        exists=advice_sentences.exists(advice["exists"]),
        least=advice_tables.least(advice["robust"]),
        robust=advice_tables.robust(advice["robust"]),
        reached=advice_tables.reached(advice_several.single(rows), measure)
        if rows
        else None,
        several=advice_several.table(rows, measure)
        if advice_several.several(rows)
        else None,
        sizes=advice_tables.sizes(judged),
        left_out=advice_sentences.left_out(judged),
        sampled=advice_sentences.sampled(judged),
        provenance=_provenance(advice["provenance"]),
    )


def _facts(advice: Row) -> list[dict[str, str]]:
    """Returns what stands in large: what to store, what is reached, what exists."""
    exists, measure = advice["exists"], advice["measure"]
    facts: list[tuple[str, str]] = []
    stored = advice["recommendation"]
    if stored:
        size = stored["bytes_per_million"] / 1_000_000
        facts.append(
            (
                f"Store {stored['dim']} dimensions in {stored['precision']}",
                f"{_HOW[stored['reduction']]}: {size:,.0f} bytes a document, "
                f"{_bytes(stored['bytes_per_million'])} for a million"
                f"{_full_bytes(advice['yours'])}",
            )
        )
        facts.append(
            (
                f"{measure} {stored['value']:.3f}",
                f"of what is stored, 95\u00a0% interval {stored['low']:.3f} to "
                f"{stored['high']:.3f}, on queries that nothing was fitted on",
            )
        )
    if advice["causes"]:
        full = advice["causes"][-1]
        facts.append(
            (
                f"{full['as_is']:.3f} of {full['best_possible']:.3f}",
                f"{measure} of the full vectors, {full['dim']} dimensions, beside the "
                "best possible",
            )
        )
    facts.append(
        (
            f"{_range(exists)} dimension" + "s" * (exists["upper"] > 1),
            "the fewest in which free vectors, fitted to these very queries, can rank "
            "every relevant document first"
            + (", unknown between" if exists["lower"] < exists["upper"] else ""),
        )
    )
    return [{"number": number, "text": text} for number, text in facts]


def _full_bytes(rows: Sequence[Row]) -> str:
    for row in rows:
        if row["reduction"] == "none" and row["precision"] == "float32":
            return f"; the full vectors take {_bytes(1e6 * row['bytes_per_document'])}"
    return ""


def _bytes(size: float) -> str:
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:,.3g} TB"


def _range(exists: Row) -> str:
    lower, upper = exists["lower"], exists["upper"]
    return f"{lower:,}" if lower == upper else f"{lower:,} to {upper:,}"


def _provenance(found: Row) -> dict[str, str]:
    machine = "{processor}, {cores} core(s), {memory_gib} GiB, {system}"
    return {
        "Command": found["command"],
        "Commit": found["commit"],
        "Finished": found["finished"],
        "Versions": ", ".join(f"{k} {v}" for k, v in found["versions"].items()),
        "Machine": machine.format(**found["machine"]),
    }
