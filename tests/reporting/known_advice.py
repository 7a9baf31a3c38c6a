"""Answers of the advisor, written by hand."""


def _stored(reduction, precision, dim, value, loss_high, size, ms=0.25):
    return {
        "reduction": reduction,
        "precision": precision,
        "dim": dim,
        "value": value,
        "low": value - 0.05,
        "high": value + 0.05,
        "bytes_per_document": size,
        "ms_per_query": ms,
        "loss": 0.5 - value,
        "loss_low": 0.5 - value - 0.002,
        "loss_high": loss_high,
    }


def _cause(dim, *levels):
    names = ("as_is", "query_head", "queries_free", "documents_free", "all_free")
    names += ("best_possible", "queries_free_float16", "all_free_float16")
    found = dict(zip(names, levels, strict=True))
    return {"dim": dim, "reduction": "pca", "geometry_told": True, **found}


def full_advice():
    """Vectors of 96 dimensions, of which 48 in int8 are enough."""
    return {
        **_of_the_judgements(),
        **_of_the_vectors(),
        "verdict": "query encoder",
        "next_step": "train the query encoder",
        "measure": "R@2",
        "provenance": {
            "command": "python -m set_contrastive.advise --judgements='<b>.txt'",
            "commit": "c0ffee",
            "finished": "2026-01-02T03:04:05+00:00",
            "versions": {"keras": "3"},
            "machine": {
                "processor": "abacus <1>",
                "cores": 2,
                "memory_gib": 4,
                "system": "X",
            },
        },
    }


def _of_the_judgements():
    """What follows from the judgements alone."""
    return {
        "judgements": {
            "queries": 1234,
            "queries_left_out": 0,
            "documents": 5678,
            "pairs": 4321,
            "distinct_rows": 1111,
            "distinct_columns": 47,
            "max_relevant": 9,
            "informative": True,
            "reason": "queries share parts of their documents",
            "trained_queries": 1234,
        },
        "exists": {
            "lower": 3,
            "lower_reason": "every 2 of 6 documents <are> asked for",
            "upper": 18,
            "upper_reason": "moment curve",
            "witness": "witness.npz",
            "recall": 1.0,
            "min_gap": 0.0000123,
            "k_log_n_over_k": 14.88,
        },
        "robust": [
            {"precision": name, "dim": dim, "recall": recall, "min_gap": gap}
            for name, dim, recall, gap in (
                ("float32", 18, 1.0, 0.0021),
                ("float32", 32, 1.0, 0.25),
                ("float16", 18, 0.875, -0.0004),
                ("float16", 32, 1.0, 0.246),
                ("bfloat16", 32, 1.0, 0.24),
                ("int8", 32, 1.0, 0.235),
                ("binary", 18, 0.4375, -0.9),
                ("binary", 32, 0.5625, -0.5),
            )
        ],
        "reached": [
            {
                "objective": objective,
                "dim": dim,
                "seed": seed,
                "value": value + 0.1 * seed,
                "ndcg_at_10": 0.7,
                "kl_nats": 0.321,
            }
            for objective in ("softmax", "sigmoid", "infonce")
            for dim, value in ((2, 0.213), (32, 0.613), (96, 0.801))
            for seed in (0, 1)
        ],
    }


def _of_the_vectors():
    """What the vectors reach, and what of them to store."""
    return {
        "yours": [
            _stored("none", "float32", 96, 0.5, 0.0, 384),
            _stored("none", "int8", 96, 0.499, 0.004, 96),
            _stored("pca", "float32", 48, 0.497, 0.006, 192),
            _stored("pca", "int8", 48, 0.496, 0.0081, 48),
            _stored("learned", "int8", 48, 0.498, 0.02, 48),
            _stored("prefix", "int8", 48, 0.301, 0.25, 48),
            _stored("random", "binary", 48, 0.203, 0.35, 6, ms=12.34),
        ],
        "causes": [
            _cause(2, 0.1, 0.12, 0.2, 0.15, 0.31, 0.93, 0.19, 0.3),
            _cause(48, 0.4, 0.45, 0.6, 0.5, 0.93, 0.93, 0.59, 0.91),
            _cause(96, 0.5, 0.487, 0.733, 0.564, 0.9, 0.93, 0.711, 0.889),
        ],
        "recommendation": {
            "reduction": "pca",
            "dim": 48,
            "precision": "int8",
            "bytes_per_million": 48_000_000,
            "value": 0.496,
            "low": 0.446,
            "high": 0.546,
            "loss": 0.004,
            "loss_high": 0.0081,
        },
        "reranker": {
            "value": 0.61,
            "low_value": 0.58,
            "high_value": 0.64,
            "gain": 0.11,
            "low": 0.07,
            "high": 0.15,
            "queries": 1234,
            "queries_ranked": 1234,
        },
    }


def without_vectors():
    """Judgements alone, too large for a witness to be written."""
    advice = full_advice()
    advice["exists"] |= {"witness": None, "recall": None, "min_gap": None}
    empty = {"yours": [], "causes": [], "recommendation": None, "verdict": "none"}
    gain = {"gain": None, "low": None, "high": None}
    return advice | empty | {"reranker": advice["reranker"] | gain}


def uninformative():
    """One relevant document a query: 2 dimensions, and nothing was trained."""
    advice = full_advice()
    reason = "these judgements cannot reveal a limit of the dimension"
    advice["judgements"] |= {"informative": False, "reason": reason}
    advice["exists"] |= {"lower": 2, "upper": 2}
    advice |= {"verdict": "judgements cannot tell", "reranker": None}
    return advice | {"reached": [], "robust": []}


def with_several():
    """The same, and two or four vectors of a document by MaxSim."""
    advice = full_advice()
    for row in advice["reached"]:
        row["vectors_per_document"] = 1
    advice["reached"] += [
        {
            "objective": "max_sim",
            "dim": dim,
            "seed": seed,
            "value": value - 0.1 * seed,
            "ndcg_at_10": 0.8,
            "kl_nats": 0.25 + 0.1 * seed,
            "vectors_per_document": number,
        }
        for number, dim, value in ((2, 16, 0.9), (4, 8, 0.95), (4, 2, 0.5))
        for seed in (0, 1)
    ]
    return advice
