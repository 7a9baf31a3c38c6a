"""The demo as data: its games and its models."""

import dataclasses

from set_contrastive.models import families
from set_contrastive.studies.factors import Grid
from set_contrastive.studies.study import Study

RUNS = "runs"  # Below the demo's folder.


@dataclasses.dataclass(frozen=True)
class Contestant:
    """A model that the demo trains.

    Attributes:
      title: What it is called.
      folder: Its run folder, below the demo's.
      vector_dim: Dimension of its vectors, if it has any.
    """

    title: str
    folder: str
    vector_dim: int | None


@dataclasses.dataclass(frozen=True)
class Demo:
    """A game and the models that play it: two two-towers and a cross-encoder.

    Attributes:
      name: Name of the study that trains them.
      game: Name of the game.
      query: A query that is scored at the end.
      dims: Dimensions of the two-towers' vectors.
      minutes: How long training and measuring them takes, on 2 CPU cores.
      minutes_to_prepare: How long the game's data take to prepare.
    """

    name: str
    game: str
    query: str
    dims: tuple[int, int]
    minutes: float
    minutes_to_prepare: float

    @property
    def theory(self) -> str:
        """Folder of what theory says of the game, below the demo's."""
        return f"theory/{self.game}"

    @property
    def study(self) -> Study:
        """The models, as what `sweep` trains."""
        of_game = {"game": (self.game,)}
        return Study(
            name=self.name,
            title=f"What the dimension costs in {self.game}",
            grids=(
                Grid(
                    {**of_game, "model": ("two_tower",), "vector_dim": self.dims},
                    preset="light",
                ),
                Grid({**of_game, "model": ("cross_encoder",)}, preset="light"),
            ),
        )

    @property
    def contestants(self) -> tuple[Contestant, ...]:
        """The models; the last one is exported."""
        return tuple(
            Contestant(
                families.get(cell.config.model.family).title_of(cell.config.model),
                f"{RUNS}/{cell.name}",
                cell.dim,
            )
            for cell in self.study.cells("", 0)
        )


FULL = Demo(
    name="demo",
    game="union_27",
    query=(
        "red-solid-circle green-*-square | blue-void-circle blue-void-triangle | "
        "red-dashed-square red-dashed-square | green-solid-triangle red-*-circle | "
        "blue-solid-square green-solid-circle | red-void-triangle blue-void-triangle | "
        "green-dashed-circle green-solid-circle | blue-void-square red-dashed-triangle"
    ),
    dims=(4, 27),
    minutes=3.1,
    minutes_to_prepare=0.5,
)
QUICK = Demo(
    name="demo_quick",
    game="wildcard_27",
    query="red-solid-circle green-*-square",
    dims=(2, 27),
    minutes=1.0,
    minutes_to_prepare=0.3,
)
