"""The model card of an exported scorer: what it is, how good, and where it ends."""

import pathlib

from set_contrastive.base import whole_files
from set_contrastive.base.errors import UserError
from set_contrastive.models import families
from set_contrastive.runs import run_folder
from set_contrastive.runs.experiment import LoadedRun


def render(run: LoadedRun, workdir: str) -> str:
    """Returns the card as Markdown.

    Args:
      run: The scorer.
      workdir: Its run folder, whose measures are quoted if they are of this step.
    """
    config, spec = run.config, run.spec
    family = families.get(config.model.family)
    params = run.scorer.all_keys_scorer.count_params()
    stream = "drawn fresh" if config.stream else "from the train split"
    return f"""# {config.model.family} for {spec.name}

{family.card_of(config.model)} It scores a query of at most {spec.query_length}
symbols against {spec.num_keys} keys.

## Made from

- Parameters: {params:,}
- Training: {run.step:,} steps of {config.batch_size} queries, {stream}, objective
  {config.objective}, precision {config.precision}, seed {config.seed}
- Data: the game {spec.name}, whose queries are drawn at random and whose answers are
  exact; no data of people

## How good it is

{_measures(run, workdir)}

KL is KL(truth || prediction) in nats, where the truth is uniform on the matching keys
and the prediction is the softmax of the scores of all keys; 0 is perfect.

## Limits

- Queries must be drawn as those of {spec.name} are; others of the same form are scored,
  but nobody has measured how well.
- Keys are the {spec.num_keys} that it was trained on.
- {family.limit}
"""


def _measures(run: LoadedRun, workdir: str) -> str:
    try:
        found = whole_files.read_json(pathlib.Path(workdir) / run_folder.METRICS)
    except UserError:
        found = {}
    if found.get("step") != run.step:
        return "Not measured: `python -m set_contrastive.evaluate` had not been run."
    return (
        f"On the {found['split']} split ({found['num_queries']:,} queries): KL "
        f"{found['kl_nats']:.5f} nats, top-K overlap {found['top_k_overlap']:.4f}, "
        f"entropy of the prediction {found['entropy_bits']:.3f} bits."
    )
