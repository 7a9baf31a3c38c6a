"""What tables converge to: every objective on every joint, beside the exact limit."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from set_contrastive.base import choices
from set_contrastive.base.arrays import FloatArray
from set_contrastive.base.errors import UserError
from set_contrastive.base.result import Result
from set_contrastive.theory.joints import measures
from set_contrastive.theory.joints import sgd
from set_contrastive.theory.joints.joint import Joint
from set_contrastive.theory.joints.table_objectives import OBJECTIVES

NAME = "objective_limits"
_DIGITS = 4  # Significant ones, of the tables that figures show.
_CLAIM = (
    "Estimates: the measures of the trained tables, means over the seeds, KLs in nats "
    "with their standard deviation (_sd). kl_joint is KL(p || f / sum f), kl_ratio is "
    "KL(p || f p(x) p(y) / sum). Exact: the limits, and `components`, the number of "
    "connected components of the cells that occur. At its optimum f of likelihood is "
    "p, of pseudo_likelihood p, and of infonce p(x,y) / (p(x) p(y)) at every batch "
    "size; the last two up to one factor for each component, which the start m = 0 "
    "and the path decide. So _within is the KL given the component, and _limit what "
    "that is at the optimum. pmi_correlation is over the cells that occur, None where "
    "the PMI is constant; pmi_rms is the distance of m from the PMI up to one constant "
    "for each component."
)


def total_steps(
    joints: Sequence[Joint], objectives: Sequence[str], config: sgd.SgdConfig
) -> int:
    """Returns how many steps `measure` takes.

    Raises:
      UserError: If there is no such objective, or no joint or objective is given.
    """
    for name in objectives:
        choices.choose("objectives", name, OBJECTIVES)
    if not joints or not objectives:
        raise UserError(
            "joints and objectives must name at least one each, "
            f"got {len(joints)} joints and {len(objectives)} objectives"
        )
    return len(joints) * len(objectives) * config.steps


def measure(
    joints: Sequence[Joint],
    objectives: Sequence[str],
    config: sgd.SgdConfig,
    advance: Callable[[int], object] = lambda steps: None,
) -> Result:
    """Trains all tables and measures them.

    `advance` is told how many steps were taken, of `total_steps`, whose errors these
    are.
    """
    total_steps(joints, objectives, config)
    rows, shown = [], {}
    for joint in joints:
        tables = {name: sgd.train(joint, name, config, advance) for name in objectives}
        rows += [_row(joint, name, m) for name, m in tables.items()]
        shown[joint.name] = _shown(joint, tables)
    return Result(
        NAME,
        "What tables f = exp(m) converge to",
        _CLAIM,
        tuple(rows),
        {**dataclasses.asdict(config), "joints": shown},
    )


def _row(joint: Joint, objective: str, tables: FloatArray) -> dict[str, Any]:
    log_independent = np.log(joint.independent)
    limit = _limit(joint, objective)
    row: dict[str, Any] = {
        "joint": joint.name,
        "objective": objective,
        "components": joint.num_components,
        "seeds": len(tables),
    }
    for name, kl, shift in (
        ("kl_joint", measures.kl_to_joint, np.zeros_like(log_independent)),
        ("kl_ratio", measures.kl_to_ratio, log_independent),
    ):
        values = [kl(joint, m) for m in tables]
        within = [measures.within_components(joint, m + shift) for m in tables]
        row[name] = float(np.mean(values))
        row[f"{name}_sd"] = float(np.std(values, ddof=1)) if len(values) > 1 else None
        row[f"{name}_within"] = float(np.mean(within))
        row[f"{name}_limit"] = _exactly(joint, limit + shift)
    correlations = [measures.pmi_correlation(joint, m) for m in tables]
    known = [value for value in correlations if value is not None]
    row["pmi_correlation"] = float(np.mean(known)) if known else None
    row["pmi_rms"] = float(np.mean([measures.pmi_distance(joint, m) for m in tables]))
    return row


def _exactly(joint: Joint, log_q: FloatArray) -> float:
    return round(measures.within_components(joint, log_q), 12)  # What rounding leaves.


def _limit(joint: Joint, objective: str) -> FloatArray:
    """Returns the log of an objective's optimum f, `[X, Y]`."""
    if objective == "infonce":
        return joint.pmi
    with np.errstate(divide="ignore"):
        logs: FloatArray = np.log(joint.p)
    return logs


def _shown(joint: Joint, tables: dict[str, FloatArray]) -> dict[str, Any]:
    """Returns what figures need of a joint: p and, of the first seed, f / sum f."""
    return {
        "x_values": list(joint.x_values),
        "y_values": list(joint.y_values),
        "x_label": joint.x_label,
        "y_label": joint.y_label,
        "note": joint.note,
        "p": _rounded(joint.p),
        "f": {name: _rounded(measures.normalized(m[0])) for name, m in tables.items()},
    }


def _rounded(table: FloatArray) -> list[list[float]]:
    return [[float(f"{value:.{_DIGITS}g}") for value in row] for row in table]
