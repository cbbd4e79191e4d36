from __future__ import annotations

from deploy.local.keeper import LONGEST_PAUSE, STEADY, STUCK_AFTER, Keeper


class Program:
    """A program that dies when the test says so."""

    def __init__(self) -> None:
        self.name = "worker-1"
        self.alive = False
        self.code: int | None = None
        self.starts = 0

    def start(self) -> None:
        self.alive = True
        self.starts += 1

    def die(self, code: int = 1) -> None:
        self.alive = False
        self.code = code


class Scene:
    """A keeper, its program, a clock, and what was said."""

    def __init__(self) -> None:
        self.now = 0.0
        self.position = {"orders-3": 100}
        self.said: list[str] = []
        self.program = Program()
        self.keeper = Keeper(self.program, self.said.append, lambda: dict(self.position), lambda: "Unread: orders-3 at 100 of 101.")
        self.keeper.start(self.now)

    def pause_after_death(self, lived: float, code: int = 1) -> float:
        """Seconds from a death until it runs again."""
        self.now += lived
        self.program.die(code)
        died, starts = self.now, self.program.starts
        while self.program.starts == starts:
            self.keeper.look(self.now)
            self.now = round(self.now + 0.1, 3)
            assert self.now - died < 2 * LONGEST_PAUSE, "it was never started again"
        return self.now - died


def test_a_worker_that_dies_after_a_steady_life_runs_again_with_the_look_that_notices() -> None:
    scene = Scene()
    scene.now += STEADY
    scene.program.die(code=-9)

    scene.keeper.look(scene.now)

    assert scene.program.starts == 2
    assert "started again at once" in scene.said[0]


def test_a_living_worker_is_left_alone() -> None:
    scene = Scene()
    for _ in range(100):
        scene.now += 0.1
        scene.keeper.look(scene.now)

    assert scene.program.starts == 1
    assert scene.said == []


def test_deaths_that_get_nowhere_are_followed_by_longer_and_longer_pauses_up_to_thirty_seconds() -> None:
    scene = Scene()
    pauses = [scene.pause_after_death(lived=1) for _ in range(10)]

    assert pauses == sorted(pauses)
    assert pauses[0] < 1
    assert LONGEST_PAUSE <= pauses[-1] < LONGEST_PAUSE + 1


def test_a_worker_that_got_further_is_started_again_soon_however_often_it_dies() -> None:
    scene = Scene()
    for _ in range(10):
        scene.position["orders-3"] += 1
        assert scene.pause_after_death(lived=1) < 1


def test_a_death_after_a_steady_life_is_no_series() -> None:
    scene = Scene()
    for _ in range(10):
        assert scene.pause_after_death(lived=STEADY) < 1


def test_after_five_deaths_at_one_position_a_person_is_told_once_where_that_is() -> None:
    scene = Scene()
    for _ in range(STUCK_AFTER - 1):
        scene.pause_after_death(lived=1)
    assert not any("orders-3 at 100 of 101" in line for line in scene.said)

    scene.pause_after_death(lived=1)
    scene.pause_after_death(lived=1)

    assert sum("orders-3 at 100 of 101" in line for line in scene.said) == 1


def test_a_death_is_told_with_its_cause() -> None:
    scene = Scene()
    scene.pause_after_death(lived=2, code=-9)
    scene.pause_after_death(lived=2, code=3)

    assert "signal 9" in scene.said[0]
    assert "code 3" in scene.said[1]
