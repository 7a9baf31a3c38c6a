"""Lists the topics, each of which is a command of its own.

python -m set_contrastive.foundations
python -m set_contrastive.foundations.binding --output=foundations
"""

import sys

from set_contrastive.base.errors import UserError

_ROOM = "set_contrastive.foundations"

# A topic is a module of this room; one line for each.
TOPICS = {
    "logistic_regression": "gradients and SGD written by hand, beside Keras",
    "autodiff": "reverse and forward mode on scalars, and what each costs",
    "diagnosis": "an encoder-decoder of the project's blocks on toy tasks and text",
    "mixed_precision": "float16 by hand, beside float32 and Keras's policies",
    "distributed": "what data parallelism exchanges, and how long that takes",
    "splits": "classic mistakes, what each does to a measure, and a guard",
    "binding": "how many role-filler pairs a vector can hold",
}


def listing() -> str:
    """Returns a line for each topic."""
    width = max(map(len, TOPICS))
    lines = [f"  {name:<{width}}  {text}" for name, text in TOPICS.items()]
    usage = f"Topics, each run by python -m {_ROOM}.TOPIC --output=FOLDER:"
    return "\n".join([usage, *lines])


def answer(arguments: list[str]) -> str:
    """Returns what is printed for the command's arguments.

    Raises:
      UserError: If they name a topic, known or not: topics are run as modules.
    """
    words = [word for word in arguments if word not in ("-h", "--help")]
    if not words:
        return listing()
    if words[0] in TOPICS:
        raise UserError(f"run the topic by python -m {_ROOM}.{words[0]}")
    raise UserError(f"topic must be one of {', '.join(TOPICS)}, got {words[0]!r}")


def run() -> None:
    """Prints the answer, or one line of what is wrong, and ends the process."""
    try:
        print(answer(sys.argv[1:]))
    except UserError as error:
        sys.exit(f"foundations: error: {error}")
    sys.exit()


if __name__ == "__main__":
    run()
