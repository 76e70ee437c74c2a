"""Numbers that are on a device: copied into memory of our own there, and fetched many at a time.

To read a number from a device waits for all that the device still has to do. So a value is copied, on the
device, into a preallocated block; a block that is due is copied to the host as a whole, without waiting, and
read when that copy is found to be over. Only what has to be known at once, as when a run ends, is waited for.
Nothing of the user's is kept: a block holds numbers, not tensors.
"""

from __future__ import annotations

import sys
import threading
from collections import deque
from collections.abc import Callable
from time import monotonic
from typing import Any, NamedTuple

from fitscribe.tracking.scalars import fetches

# What is seen in batches is on disk at the latest after so many points, or so long.
_SLOTS = 256
_LONGEST_S = 1.0

Deliver = Callable[[float], None]


class _Block:
    """Numbers on a device that are fetched together."""

    def __init__(self, device: Any) -> None:
        torch = sys.modules["torch"]
        with torch.inference_mode(False), torch.no_grad():
            self.numbers = torch.zeros(_SLOTS, dtype=torch.float32, device=device)
        self.taken = 0
        self.undecided = 0
        """Places that are taken, and of which is not known yet who is to be given the number."""
        self.deliveries: list[tuple[int, Deliver]] = []
        self.since = monotonic()


class Slot:
    """The place of one number on a device; it is to be delivered or released, once."""

    __slots__ = ("_block", "_index", "_ring")

    def __init__(self, ring: Ring, block: _Block, index: int) -> None:
        self._ring = ring
        self._block = block
        self._index = index

    def add(self, other: Slot) -> None:
        """Add the number of another place, on the device."""
        with sys.modules["torch"].no_grad():
            self._block.numbers[self._index] += other._block.numbers[other._index]

    def deliver(self, to: Deliver) -> None:
        """Hand the number over once it has been fetched.

        Args:
            to: takes it; called on this thread or on another one of the script's, and not at once.
        """
        self._ring.settle(self._block, (self._index, to))

    def release(self) -> None:
        """Say that nobody wants the number."""
        self._ring.settle(self._block, None)


class _Fetched(NamedTuple):
    """A block that is on its way to the host."""

    numbers: Any
    over: Any
    deliveries: list[tuple[int, Deliver]]


class Ring:
    """The numbers of one device.

    Args:
        device: a ``torch.device``.
    """

    def __init__(self, device: Any) -> None:
        self._device = device
        self._lock = threading.RLock()
        self._block = _Block(device)
        self._full: list[_Block] = []
        """Blocks with places that are still undecided."""
        self._on_the_way: deque[_Fetched] = deque()

    def put(self, tensor: Any) -> Slot:
        """Copy the one number of a tensor, on the device, without waiting for it."""
        torch = sys.modules["torch"]
        with self._lock:
            block = self._block
            if block.taken == _SLOTS or (block.taken and monotonic() - block.since >= _LONGEST_S):
                self._turn_over()
                block = self._block
            index = block.taken
            block.taken += 1
            block.undecided += 1
            with torch.no_grad():
                block.numbers[index].copy_(tensor.detach().reshape(()), non_blocking=True)
        return Slot(self, block, index)

    def settle(self, block: _Block, delivery: tuple[int, Deliver] | None) -> None:
        """Note who is to be given a number, or that nobody is; see :class:`Slot`."""
        with self._lock:
            block.undecided -= 1
            if delivery is not None:
                block.deliveries.append(delivery)
            if not block.undecided and block in self._full:
                self._full.remove(block)
                self._send(block)
        self.receive()

    def _turn_over(self) -> None:
        """Take another block for what comes."""
        block, self._block = self._block, _Block(self._device)
        if block.undecided:
            self._full.append(block)
        else:
            self._send(block)

    def _send(self, block: _Block) -> None:
        """Let a block be copied to the host."""
        torch = sys.modules["torch"]
        over = None
        with torch.inference_mode(False), torch.no_grad():
            if self._device.type == "cuda":
                host = torch.empty(_SLOTS, dtype=torch.float32, pin_memory=True)
                host.copy_(block.numbers, non_blocking=True)
                over = torch.cuda.Event()
                over.record(torch.cuda.current_stream(self._device))
            else:
                host = block.numbers.to("cpu")
        self._on_the_way.append(_Fetched(host, over, block.deliveries))

    def receive(self, *, wait: bool = False) -> None:
        """Hand over what has arrived.

        Args:
            wait: also wait for what has not, and fetch what was not due yet.
        """
        if wait:
            with self._lock:
                if self._block.deliveries:
                    self._turn_over()
        while self._on_the_way:
            with self._lock:
                if not self._on_the_way:
                    return  # another thread has taken the last one meanwhile
                first = self._on_the_way[0]
                if first.over is not None and not first.over.query():
                    if not wait:
                        return
                    first.over.synchronize()
                self._on_the_way.popleft()
            numbers = first.numbers.tolist()
            for index, to in first.deliveries:
                to(numbers[index])


def ring_of(device: Any) -> Ring:
    """The ring of a device."""
    return _rings.get(device) or _rings.setdefault(device, Ring(device))


@fetches
def fetch(tensor: Any, deliver: Deliver) -> None:
    """Fetch one number for whoever asks, such as the value of a metric that the script has computed.

    Args:
        tensor: holds the number.
        deliver: as in :meth:`Slot.deliver`.
    """
    ring_of(tensor.device).put(tensor).deliver(deliver)


def receive_all() -> None:
    """Wait for every number that is still on a device, and hand it over."""
    for ring in list(_rings.values()):
        ring.receive(wait=True)


_rings: dict[Any, Ring] = {}
