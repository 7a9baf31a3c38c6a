r"""How many dimensions do my embeddings need, and is the dimension what limits them?

    python -m set_contrastive.advise --output=advice
    python -m set_contrastive.advise --judgements=qrels.txt --query_vectors=q.npz \
        --document_vectors=d.npz --measure=recall@10 --tolerance=0.01 --output=advice

The first takes the example that ships with the project. Open `advice/index.html` in a
browser; advice.json, the tables and witness.npz, vectors that retrieve the judgements,
stand beside it. The same command goes on after a stop.
"""

import pathlib

from set_contrastive.advisor import advise
from set_contrastive.advisor.advice_config import AdviceConfig
from set_contrastive.base import command_line
from set_contrastive.configs import flags as config_flags
from set_contrastive.reporting import advice_page

config_flags.define(AdviceConfig)


def main(argv: list[str]) -> None:
    """Answers, and prints and writes the answer."""
    del argv
    config = config_flags.read(AdviceConfig)
    advice = advise(config)
    output = pathlib.Path(config.output)
    advice_page.write(advice.to_dict(), output)
    print("\n".join(advice.lines()))
    print(f"Open {output / 'index.html'}")


def run() -> None:
    """Starts the command."""
    command_line.run(main)


if __name__ == "__main__":
    run()
