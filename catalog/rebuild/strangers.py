"""Segments that tell other events than were signed: of two that claim one position, the one that the signed root has.

Whoever may write into the bucket of the log can put an object there that is called like a segment. It must not spoil
what is signed: between two signed sizes, that choice of segments counts whose tree has the signed root.
"""

from collections.abc import Mapping, Sequence
from itertools import islice, product

from catalog.custody.keys import introduces
from catalog.custody.note import NoteMalformed, VerifierKey
from catalog.custody.tree import Growth, leaf_hash
from catalog.rebuild.staging import Claim, Staging

TRIES_AT_MOST = 4096
"""Between two signed sizes. Segments of strangers that overlap in more ways than that are told, and not told apart."""


def trusted_keys(statements: Sequence[str]) -> Sequence[VerifierKey]:
    """The first key, by the oldest statement that a key signs of itself, and those introduced one by the other."""
    named: list[tuple[VerifierKey, str]] = []
    for statement in statements:
        try:
            named.append((VerifierKey.read(statement.split("\n")[2]), statement))
        except (NoteMalformed, IndexError):
            continue
    known = [key for key, statement in named if introduces(statement, key, key)][:1]
    for by in known:  # grows while it is gone through
        known.extend(key for key, told in named if key not in known and introduces(told, key, by))
    return known


def tell_apart(staging: Staging, signed: Mapping[int, set[bytes]]) -> set[int]:
    """Keep of contested positions the events that the signed roots have; returns the sources that were passed over."""
    strangers: set[int] = set()
    contested = staging.contested()
    if not contested:
        return strangers
    growth = Growth()
    for size in sorted(signed):
        if size <= growth.size:
            continue
        claims = [each for each in contested if growth.size <= each[0].position < size]
        found = _fitting(staging, growth, size, claims, signed[size])
        if found is None:
            break
        chosen, growth = found
        for claimants, one in zip(claims, chosen, strict=True):
            staging.settle(one)
            strangers |= {each.source for each in claimants if each.content != one.content}
    return strangers


def _fitting(
    staging: Staging, growth: Growth, size: int, claims: Sequence[Sequence[Claim]], roots: set[bytes]
) -> tuple[Sequence[Claim], Growth] | None:
    """Whose claims to take for a root that was signed, and the tree with them; None where none has it."""
    begin = growth.size
    hashes = staging.leaf_hashes(begin, size)
    if len(hashes) != size - begin:
        return None
    groups = list(dict.fromkeys(tuple(each.source for each in claimants) for claimants in claims))
    for taken in islice(product(*(range(len(group)) for group in groups)), TRIES_AT_MOST):
        place = dict(zip(groups, taken, strict=True))
        chosen = [claimants[place[tuple(each.source for each in claimants)]] for claimants in claims]
        for one in chosen:
            hashes[one.position - begin] = leaf_hash(one.content)
        grown = Growth(begin, growth.peaks)
        grown.add_all(hashes)
        if grown.root() in roots:
            return chosen, grown
    return None
