"""The Merkle tree over the custody log, as RFC 9162 section 2.1 defines it. Arithmetic alone.

Leaves are counted from 0. The node (height, number) is the root of the complete subtree of the `2**height` leaves that
begin at leaf `number * 2**height`. Any span of leaves that a proof speaks of is made of few such nodes.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()
_LEAF, _NODE = b"\x00", b"\x01"
_sha256 = hashlib.sha256


@dataclass(frozen=True, slots=True, order=True)
class Node:
    """A complete subtree."""

    height: int
    number: int

    @property
    def begin(self) -> int:
        return self.number << self.height

    @property
    def end(self) -> int:
        return (self.number + 1) << self.height


@dataclass(frozen=True, slots=True)
class Span:
    """The leaves from `begin` up to, but without, `end`: a subtree as it stands in some tree, complete or not."""

    begin: int
    end: int


def leaf_hash(content: bytes) -> bytes:
    return _sha256(_LEAF + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return _sha256(_NODE + left + right).digest()


class Growth:
    """A tree that leaves are added to, remembered by the roots of its largest complete subtrees (at most 64)."""

    __slots__ = ("_peaks", "_size")

    def __init__(self, size: int = 0, peaks: Sequence[bytes] = ()) -> None:
        """Begin with a tree of that size; `peaks` are the hashes of `nodes_of(Span(0, size))`, in that order."""
        if len(peaks) != size.bit_count():
            message = f"a tree of {size} leaves has {size.bit_count()} peaks, not {len(peaks)}"
            raise ValueError(message)
        self._size, self._peaks = size, list(peaks)

    @property
    def size(self) -> int:
        return self._size

    @property
    def peaks(self) -> tuple[bytes, ...]:
        return tuple(self._peaks)

    def add(self, leaf: bytes) -> Iterator[tuple[Node, bytes]]:
        """Add the hash of a leaf; yields the subtrees that it completes, the smallest (of two leaves) first."""
        completed = []
        height, number, found, peaks = 0, self._size, leaf, self._peaks
        while number & 1:
            found = _sha256(_NODE + peaks.pop() + found).digest()
            height, number = height + 1, number >> 1
            completed.append((Node(height, number), found))
        peaks.append(found)
        self._size += 1
        return iter(completed)

    def add_all(self, leaves: Sequence[bytes]) -> None:
        """Add many, quickly, without telling what they complete."""
        peaks, size = self._peaks, self._size
        for leaf in leaves:
            found, number = leaf, size
            while number & 1:
                found = _sha256(_NODE + peaks.pop() + found).digest()
                number >>= 1
            peaks.append(found)
            size += 1
        self._size = size

    def root(self) -> bytes:
        return fold(self._peaks)


def fold(hashes: Sequence[bytes]) -> bytes:
    """The root above subtrees that lie side by side, the largest first, as `nodes_of` names them."""
    if not hashes:
        return EMPTY_ROOT
    found = hashes[-1]
    for left in reversed(hashes[:-1]):
        found = _sha256(_NODE + left + found).digest()
    return found


def nodes_of(span: Span) -> Sequence[Node]:
    """The complete subtrees that a span of a tree is made of, the largest first. The span begins where one begins."""
    nodes, begin = [], span.begin
    while begin < span.end:
        height = (span.end - begin).bit_length() - 1
        nodes.append(Node(height, begin >> height))
        begin += 1 << height
    return nodes


def inclusion_spans(index: int, size: int) -> Sequence[Span]:
    """The subtrees whose hashes prove that leaf `index` is in the tree of that size, lowest first (2.1.3.1)."""
    if not 0 <= index < size:
        message = f"a tree of {size} leaves has no leaf {index}"
        raise ValueError(message)
    spans, begin, end = [], 0, size
    while end - begin > 1:
        middle = begin + _split(end - begin)
        if index < middle:
            spans.append(Span(middle, end))
            end = middle
        else:
            spans.append(Span(begin, middle))
            begin = middle
    return spans[::-1]


def consistency_spans(first: int, second: int) -> Sequence[Span]:
    """The subtrees whose hashes prove that the tree of size `second` extends the one of size `first` (2.1.4.1)."""
    if not 0 <= first <= second:
        message = f"a tree of {second} leaves does not extend one of {first}"
        raise ValueError(message)
    if first in {0, second}:
        return ()
    spans, begin, end, whole = [], 0, second, True
    while first != end:
        middle = begin + _split(end - begin)
        if first <= middle:
            spans.append(Span(middle, end))
            end = middle
        else:
            spans.append(Span(begin, middle))
            begin, whole = middle, False
    if not whole:
        spans.append(Span(begin, end))
    return spans[::-1]


def proof_of(spans: Sequence[Span], hashes: Mapping[Node, bytes]) -> Sequence[bytes]:
    """The proof that these spans make; `hashes` holds all their `nodes_of`."""
    return [fold([hashes[node] for node in nodes_of(span)]) for span in spans]


def proves_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the leaf of that hash is at `index` of the tree with that size and root (2.1.3.2)."""
    if not 0 <= index < size:
        return False
    number, last, found = index, size - 1, leaf
    for each in proof:
        if last == 0 or len(each) != HASH_BYTES:
            return False
        if number & 1 or number == last:
            found = node_hash(each, found)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            found = node_hash(found, each)
        number, last = number >> 1, last >> 1
    return last == 0 and found == root


def proves_consistency(first: int, second: int, proof: Sequence[bytes], before: bytes, after: bytes) -> bool:
    """Whether the tree of size `second` and root `after` extends that of size `first` and root `before` (2.1.4.2)."""
    if not 0 <= first <= second or any(len(each) != HASH_BYTES for each in proof):
        return False
    if first == second:
        return not proof and before == after
    if first == 0:
        return not proof and before == EMPTY_ROOT
    # A complete first tree is its own first step, and is left out of the proof.
    steps = list(proof) if first & (first - 1) else [before, *proof]
    if not steps:
        return False
    number, last = first - 1, second - 1
    while number & 1:
        number, last = number >> 1, last >> 1
    old = new = steps[0]
    for each in steps[1:]:
        if last == 0:
            return False
        if number & 1 or number == last:
            old, new = node_hash(each, old), node_hash(each, new)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            new = node_hash(new, each)
        number, last = number >> 1, last >> 1
    return last == 0 and old == before and new == after


def _split(size: int) -> int:
    """The largest power of two smaller than `size`, where the tree of that size divides."""
    return 1 << ((size - 1).bit_length() - 1)
