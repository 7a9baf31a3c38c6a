"""The page of an advice: one HTML file that holds all it shows."""

import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

from set_contrastive.base.figure import Figure
from set_contrastive.reporting import advice_causes
from set_contrastive.reporting import advice_figures
from set_contrastive.reporting import advice_tables
from set_contrastive.reporting import markup

PAGE = "index.html"

Row = Mapping[str, Any]

_NONE, _CANNOT_TELL = "none", "judgements cannot tell"
_TITLES = {
    "geometry": "The number of dimensions limits these vectors",
    "document encoder": "The document encoder limits these vectors",
    "query encoder": "The query encoder limits these vectors",
    _NONE: "Nothing that was looked at limits these vectors",
    _CANNOT_TELL: "These judgements cannot tell what limits vectors",
}
_WITHOUT_VECTORS = "What the judgements alone tell of the dimension"
_HOW = {
    "none": "as they are",
    "prefix": "the first coordinates",
    "random": "any coordinates",
    "pca": "by PCA",
    "learned": "by linear heads",
}


def write(advice: Mapping[str, Any], output: pathlib.Path) -> None:
    """Writes `index.html`, which needs no other file, and a PNG of each figure.

    Args:
      advice: The values of advice.json.
      output: Folder that they go to.
    """
    output.mkdir(parents=True, exist_ok=True)
    figures = _figures(advice)
    for figure in figures.values():
        figure.save(output)
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
    if advice["reached"]:
        found.append(
            advice_figures.reached(advice["reached"], exists["upper"], measure)
        )
    return {figure.name: figure for figure in found}


def _render(advice: Row, figures: Mapping[str, Figure]) -> str:
    judged, measure, causes = advice["judgements"], advice["measure"], advice["causes"]
    yours = advice["yours"]
    title = _TITLES[advice["verdict"]]
    if not yours and advice["verdict"] != _CANNOT_TELL:
        title = _WITHOUT_VECTORS
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
        lost=_lost(causes[-1], measure) if causes else "",
        reranker=_reranker(advice["reranker"], measure),
        stored=advice_tables.stored(*ways, best=True) if yours else None,
        every_way=advice_tables.stored(*ways, best=False) if yours else None,
        tolerance="" if tolerance is None else f" of {tolerance:g}",
        exists=_exists(advice["exists"]),
        least=advice_tables.least(advice["robust"]),
        robust=advice_tables.robust(advice["robust"]),
        reached=advice_tables.reached(advice["reached"], measure)
        if advice["reached"]
        else None,
        sizes=advice_tables.sizes(judged),
        sampled=_sampled(judged),
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
            "the fewest in which vectors can rank every relevant document first"
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


def _lost(full: Row, measure: str) -> str:
    total = full["best_possible"] - full["as_is"]
    return (
        f"At d = {full['dim']} your vectors miss {total:.3f} of {measure}: "
        + ", ".join(
            f"{lost:.3f} to {name}" for name, lost in advice_tables.losses(full).items()
        )
        + "."
    )


def _reranker(found: Row | None, measure: str) -> str:
    if not found:
        return ""
    text = (
        f"The reranker’s ranking has {measure} {found['value']:.3f} "
        f"[{found['low_value']:.3f}, {found['high_value']:.3f}]"
    )
    if found["gain"] is None:
        return f"{text}; what it adds is unknown without vectors."
    worth = "is above zero" if found["low"] > 0 else "does not exclude zero"
    return (
        f"{text}: {found['gain']:+.3f} beside the full vectors, and the 95\u00a0% "
        f"interval of that, {found['low']:+.3f} to {found['high']:+.3f}, {worth}. "
        "These are estimates, paired by query."
    )


def _exists(found: Row) -> list[str]:
    lines = [
        f"At least {found['lower']:,} (exact): {found['lower_reason']}.",
        f"At most {found['upper']:,} (vectors are known): {found['upper_reason']}.",
    ]
    if found["witness"] is None:
        lines.append("Such vectors are too many to be written; none were scored again.")
    else:
        share = "all" if found["recall"] == 1 else f"{found['recall']:.4f}"
        lines.append(
            f"Such vectors are in {found['witness']}; scored again, they rank {share} "
            "of the relevant documents first, with a smallest gap of "
            f"{advice_tables.gap(found['min_gap'])}."
        )
    lines.append(
        "A gap that does not shrink asks for an order of k log(n / k) = "
        f"{found['k_log_n_over_k']:.1f} dimensions (arXiv 2605.23556; without its "
        "constant, so no bound)."
    )
    return lines


def _sampled(judged: Row) -> str:
    if judged["trained_queries"] >= judged["queries"]:
        return ""
    return (
        " Bounds, precisions, training and causes are those of "
        f"{judged['trained_queries']:,} queries that were drawn from them, for time; "
        "of all queries the lower bound holds, the upper need not."
    )


def _provenance(found: Row) -> dict[str, str]:
    machine = "{processor}, {cores} core(s), {memory_gib} GiB, {system}"
    return {
        "Command": found["command"],
        "Commit": found["commit"],
        "Finished": found["finished"],
        "Versions": ", ".join(f"{k} {v}" for k, v in found["versions"].items()),
        "Machine": machine.format(**found["machine"]),
    }
