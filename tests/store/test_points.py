"""The file of points: records that come one by one, and those that come many at a time."""

from __future__ import annotations

from pathlib import Path

import pytest

from fitscribe.store.points import RECORD, PointFile

FEW, MANY = 3, 3_000


def record(number: int) -> tuple[int, int, float, float]:
    return 1 + number % 3, number, 1e9 + number, number / 7


def kept(path: Path) -> list[tuple[int, int, float, float]]:
    """What a reader finds by now: the file may be longer than what is in it."""
    data = path.read_bytes()
    return [each for each in RECORD.iter_unpack(data[: len(data) - len(data) % RECORD.size]) if each[0]]


@pytest.mark.parametrize("size", [1, 7, 128, 1_000])
def test_many_at_a_time_are_as_one_by_one(tmp_path: Path, size: int) -> None:
    path, number = tmp_path / "points.bin", 0
    points = PointFile(str(path))
    expected = []
    while number < MANY:
        block = [record(number + each) for each in range(size)]
        points.add_all(iter(block))
        points.add(*record(number + size))
        expected += [*block, record(number + size)]
        number += size + 1
        assert kept(path) == expected  # the kernel has them: a process that is killed now has lost none
    points.close()
    assert kept(path) == expected
    assert path.stat().st_size == len(expected) * RECORD.size


def test_keys_are_written_after_all_that_they_stand_for(tmp_path: Path) -> None:
    points = PointFile(str(tmp_path / "points.bin"))
    points.add_all(record(each) for each in range(100))
    points.add(*record(100))
    written: list[tuple[slice, bytes]] = []

    class Spied:
        def __setitem__(self, place: slice, data: bytes) -> None:
            written.append((place, bytes(data)))

    mapped, points._map = points._map, Spied()  # type: ignore[assignment] # all that a block needs
    assert mapped is not None
    points.add_all(record(each) for each in range(4))
    points._map = mapped
    (first_place, first), (second_place, second) = written
    assert first_place == second_place
    assert [each[0] for each in RECORD.iter_unpack(first)] == [0] * 4
    assert [each[1:] for each in RECORD.iter_unpack(first)] == [record(each)[1:] for each in range(4)]
    assert list(RECORD.iter_unpack(second)) == [record(each) for each in range(4)]
    points.close()
