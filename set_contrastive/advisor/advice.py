"""What `advise` answers."""

import dataclasses
import textwrap
from typing import Any

_WIDTH = 88
# Objective of the rows of `reached` whose vectors are compared by MaxSim.
MAX_SIM = "max_sim"
# Numbers of floats that a line shows of them.
_MOST_SHOWN = 10


@dataclasses.dataclass(frozen=True)
class Advice:
    """The answer, as it stands in advice.json.

    Attributes:
      judgements: Sizes before and after reduction, and whether they tell anything.
      exists: Bounds of the least dimension in which vectors exist, with a witness.
      robust: What vectors retrieve in each precision and dimension.
      reached: What training of free vectors reached; `vectors_per_document` says of how
        many a document has.
      yours: What the encoder's vectors retrieve, reduced and in fewer bytes.
      causes: What is lost at each dimension to geometry, documents and queries.
      verdict: What limits the full vectors.
      recommendation: What to store; None without vectors.
      reranker: What the ranking of `runs` adds, whatever made it; None without it.
      next_step: What to do next, in words.
      measure: The measure, by its name in ir-measures.
      tolerance: How much of it may be lost.
      provenance: Where this comes from.
      sides: Where an encoder loses: whether it is told which side does, and how.
    """

    judgements: dict[str, Any]
    exists: dict[str, Any]
    robust: list[dict[str, Any]]
    reached: list[dict[str, Any]]
    yours: list[dict[str, Any]]
    causes: list[dict[str, Any]]
    verdict: str
    recommendation: dict[str, Any] | None
    reranker: dict[str, Any] | None
    next_step: str
    measure: str
    tolerance: float
    provenance: dict[str, Any]
    sides: dict[str, Any] | None = None

    def to_dict(self) -> dict[str, Any]:
        """Returns it as JSON values."""
        return dataclasses.asdict(self)

    def lines(self) -> list[str]:
        """Returns what a terminal shows of it, at most 25 lines of 88 characters."""
        parts = [
            self._judged(),
            self._exists(),
            *self._robust(),
            *self._reached(),
            *self._several(),
            *self._encoder(),
            self._verdict(),
            *self._sides(),
            *self._stored(),
            f"Next: {self.next_step}.",
        ]
        return [
            line
            for part in parts
            for line in textwrap.wrap(part, _WIDTH, subsequent_indent="  ")
        ]

    def _judged(self) -> str:
        found = self.judgements
        text = (
            f"Judgements: {found['queries']:,} queries, {found['documents']:,} "
            f"documents, {found['pairs']:,} relevant pairs; {found['distinct_rows']:,} "
            f"distinct rows, {found['distinct_columns']:,} distinct columns"
        )
        return text if found["informative"] else f"{text}; {found['reason']}"

    def _exists(self) -> str:
        found = self.exists
        if found["lower"] == found["upper"]:
            known = f"exactly {found['lower']}"
        else:
            known = f"{found['lower']} to {found['upper']}, unknown between"
        return (
            "Dimensions in which free vectors, fitted to these very queries, can rank "
            f"all relevant documents first: {known}"
        )

    def _robust(self) -> list[str]:
        least: dict[str, int] = {}
        for row in self.robust:
            if row["recall"] == 1:
                name = row["precision"]
                least[name] = min(row["dim"], least.get(name, row["dim"]))
        if not least:
            return []
        named = ", ".join(f"{name} {dim}" for name, dim in least.items())
        return [f"Fewest dimensions found that survive precision: {named}"]

    def _reached(self) -> list[str]:
        best: dict[int, float] = {}
        for row in self.reached:
            if row["objective"] == MAX_SIM:
                continue
            best[row["dim"]] = max(row["value"], best.get(row["dim"], 0.0))
        if not best:
            return []
        texts = {dim: f"{value:.3f}" for dim, value in sorted(best.items())}
        return [
            f"{self.measure} that training free vectors reaches, by d: "
            f"{_settled(texts)}"
        ]

    def _several(self) -> list[str]:
        one: dict[int, float] = {}
        several: dict[int, float] = {}
        for row in self.reached:
            number = row.get("vectors_per_document", 1)
            of, floats = several if number > 1 else one, number * row["dim"]
            of[floats] = max(row["value"], of.get(floats, 0.0))
        if not several:
            return []
        shown = sorted(several)
        if len(shown) > _MOST_SHOWN:  # Where there is one to compare with, if anywhere.
            shown = (sorted(several.keys() & one.keys()) or shown)[:_MOST_SHOWN]
        texts = {
            floats: f"{several[floats]:.3f}"
            + (f" ({one[floats]:.3f})" if floats in one else "")
            for floats in shown
        }
        return [
            f"{self.measure} that several free vectors of a document reach, by floats "
            f"a document (one vector of as many): {_settled(texts, 2)}"
        ]

    def _encoder(self) -> list[str]:
        if not self.causes:
            return []
        full = self.causes[-1]
        lines = [
            f"{self.measure} of your vectors, d = {full['dim']}: {full['as_is']:.3f}; "
            f"with the best query vectors for your documents {full['queries_free']:.3f}"
            f", with all vectors free {full['all_free']:.3f}, best possible "
            f"{full['best_possible']:.3f}"
        ]
        lost = full["best_possible"] - full["as_is"]
        geometry = full["best_possible"] - full["all_free"]
        encoder = f"Your encoder loses {max(lost - geometry, 0):.3f}"
        if geometry < 0.0005:
            return [
                *lines,
                f"Your encoder loses {max(lost, 0):.3f}, the dimension nothing",
            ]
        if full.get("geometry_told", True):  # Answers of before do not say.
            return [*lines, f"{encoder}, the dimension {geometry:.3f}"]
        return [*lines, f"{encoder}, the dimension or training {geometry:.3f}"]

    def _verdict(self) -> str:
        text = f"Verdict: {self.verdict}"
        if not self.causes:
            seen = self.judgements["informative"]
            return f"{text} seen without vectors" if seen else text
        full = self.causes[-1]
        if full.get("geometry_told", True):
            return text
        missed = full["best_possible"] - full["all_free"]
        return (
            f"{text}; all vectors free are fitted to relevant or not, not to grades: "
            f"the {missed:.3f} that they miss may be training's, not the dimension's"
        )

    def _sides(self) -> list[str]:
        found = self.sides
        if found is None:
            return []
        if found["told"]:
            return [f"Why that side: {found['reason']}"]
        return [
            f"By convention only: {found['reason']}; a linear map of the queries, held "
            f"out, recovers {max(found['query_head_recovers'], 0):.3f} of the "
            f"{found['lost']:.3f} that is lost"
        ]

    def _stored(self) -> list[str]:
        found = self.recommendation
        if found is None:
            return []
        how = {"none": "as they are", "prefix": "the first coordinates"}
        how |= {"random": "any coordinates", "pca": "by PCA", "learned": "linear heads"}
        gigabytes = found["bytes_per_million"] / 1e9
        return [
            f"Store {found['dim']} dimensions ({how[found['reduction']]}) in "
            f"{found['precision']}: {gigabytes:.3g} GB for a million documents, "
            f"{self.measure} {found['value']:.3f} [{found['low']:.3f}, "
            f"{found['high']:.3f}]"
        ]


def _settled(texts: dict[int, str], least: int = 1) -> str:
    """Returns numbers and texts; the first that stays stands for all behind it.

    Args:
      texts: What stands behind each number.
      least: Of how many at least the last text must be for that.
    """
    last = list(texts.values())[-1]
    settled = max((number for number in texts if texts[number] != last), default=0)
    behind = [number for number in texts if number > settled]
    if len(behind) < least:
        return ", ".join(f"{number}: {text}" for number, text in texts.items())
    named = [f"{number}: {text}" for number, text in texts.items() if number <= settled]
    return ", ".join([*named, f"from {behind[0]} on {last}"])
