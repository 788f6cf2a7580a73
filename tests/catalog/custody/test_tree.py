"""The tree: published vectors of Certificate Transparency, its definition word by word, every way to be fooled."""

import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.custody.tree import (
    EMPTY_ROOT,
    Growth,
    Node,
    Span,
    consistency_spans,
    fold,
    inclusion_spans,
    leaf_hash,
    node_hash,
    nodes_of,
    proof_of,
    proves_consistency,
    proves_inclusion,
)

# Published with certificate-transparency and transparency-dev/merkle (testonly/constants.go).
VECTOR = [
    leaf_hash(bytes.fromhex(content))
    for content in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
INCLUSION = {
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (1, 5): [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
CONSISTENCY = {
    (1, 1): [],
    (1, 8): INCLUSION[0, 8],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
LEAVES = [leaf_hash(bytes([number])) for number in range(70)]


def merkle_tree_hash(leaves: Sequence[bytes]) -> bytes:
    """MTH, word by word as RFC 9162 section 2.1.1 has it."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node_hash(merkle_tree_hash(leaves[:split]), merkle_tree_hash(leaves[split:]))


def path(index: int, leaves: Sequence[bytes]) -> list[bytes]:
    """PATH, as section 2.1.3.1 has it."""
    if len(leaves) == 1:
        return []
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    if index < split:
        return [*path(index, leaves[:split]), merkle_tree_hash(leaves[split:])]
    return [*path(index - split, leaves[split:]), merkle_tree_hash(leaves[:split])]


def subproof(first: int, leaves: Sequence[bytes], *, whole: bool = True) -> list[bytes]:
    """SUBPROOF, as section 2.1.4.1 has it."""
    if first == len(leaves):
        return [] if whole else [merkle_tree_hash(leaves)]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    if first <= split:
        return [*subproof(first, leaves[:split], whole=whole), merkle_tree_hash(leaves[split:])]
    return [*subproof(first - split, leaves[split:], whole=False), merkle_tree_hash(leaves[:split])]


def grown(leaves: Sequence[bytes]) -> tuple[Growth, dict[Node, bytes]]:
    growth, hashes = Growth(), dict[Node, bytes]()
    for number, leaf in enumerate(leaves):
        hashes[Node(0, number)] = leaf
        hashes.update(growth.add(leaf))
    return growth, hashes


def inclusion(index: int, leaves: Sequence[bytes]) -> Sequence[bytes]:
    return proof_of(inclusion_spans(index, len(leaves)), grown(leaves)[1])


def consistency(first: int, leaves: Sequence[bytes]) -> Sequence[bytes]:
    return proof_of(consistency_spans(first, len(leaves)), grown(leaves)[1])


@pytest.mark.parametrize("size", range(9))
def test_roots_are_those_that_others_publish(size: int) -> None:
    assert grown(VECTOR[:size])[0].root().hex() == ROOTS[size]


@pytest.mark.parametrize(("where", "proof"), INCLUSION.items())
def test_inclusion_proofs_are_those_that_others_publish(where: tuple[int, int], proof: list[str]) -> None:
    index, size = where
    assert [each.hex() for each in inclusion(index, VECTOR[:size])] == proof
    assert proves_inclusion(VECTOR[index], index, size, [*map(bytes.fromhex, proof)], bytes.fromhex(ROOTS[size]))


@pytest.mark.parametrize(("where", "proof"), CONSISTENCY.items())
def test_consistency_proofs_are_those_that_others_publish(where: tuple[int, int], proof: list[str]) -> None:
    first, second = where
    before, after = bytes.fromhex(ROOTS[first]), bytes.fromhex(ROOTS[second])
    assert [each.hex() for each in consistency(first, VECTOR[:second])] == proof
    assert proves_consistency(first, second, [*map(bytes.fromhex, proof)], before, after)


def test_every_tree_and_every_proof_is_as_the_definition_says() -> None:
    for size in range(len(LEAVES) + 1):
        growth, hashes = grown(LEAVES[:size])
        root = merkle_tree_hash(LEAVES[:size])
        assert growth.root() == root
        assert growth.peaks == tuple(hashes[node] for node in nodes_of(Span(0, size)))
        for index in range(size):
            proof = proof_of(inclusion_spans(index, size), hashes)
            assert proof == path(index, LEAVES[:size])
            assert proves_inclusion(LEAVES[index], index, size, proof, root)
        for first in range(size + 1):
            proof = proof_of(consistency_spans(first, size), hashes)
            assert list(proof) == (subproof(first, LEAVES[:size]) if first > 0 else [])
            assert proves_consistency(first, size, proof, merkle_tree_hash(LEAVES[:first]), root)


def test_adding_many_at_once_is_adding_them_one_by_one() -> None:
    for begin in range(20):
        growth = Growth()
        growth.add_all(LEAVES[:begin])
        again = Growth(begin, growth.peaks)
        again.add_all(LEAVES[begin:])
        assert again.root() == grown(LEAVES)[0].root()
        assert again.size == len(LEAVES)


def test_a_tree_of_no_leaves_has_the_root_that_the_standard_gives() -> None:
    assert Growth().root() == fold([]) == EMPTY_ROOT


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8])
def test_peaks_of_another_size_are_refused(size: int) -> None:
    with pytest.raises(ValueError, match="peaks"):
        Growth(size, [b"x"] * (size.bit_count() + 1))


@given(st.data())
def test_no_other_leaf_index_size_root_or_proof_passes(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, len(LEAVES)))
    index = data.draw(st.integers(0, size - 1))
    leaf, root, proof = LEAVES[index], merkle_tree_hash(LEAVES[:size]), list(inclusion(index, LEAVES[:size]))
    other = data.draw(st.binary(min_size=32, max_size=32))
    assert not proves_inclusion(other, index, size, proof, root)
    assert not proves_inclusion(leaf, index, size, proof, other)
    assert not proves_inclusion(leaf, index, size, [*proof, other], root)
    assert not proves_inclusion(leaf, -1, size, proof, root)
    assert not proves_inclusion(leaf, size, size, proof, root)
    wrong = data.draw(st.integers(0, size - 1).filter(lambda each: each != index)) if size > 1 else None
    if wrong is not None:
        assert not proves_inclusion(leaf, wrong, size, proof, root)
        place = data.draw(st.integers(0, len(proof) - 1))
        assert not proves_inclusion(leaf, index, size, [*proof[:place], other, *proof[place + 1 :]], root)
        assert not proves_inclusion(leaf, index, size, proof[:place] + proof[place + 1 :], root)


@given(st.data())
def test_no_tree_passes_for_an_extension_of_one_it_does_not_extend(data: st.DataObject) -> None:
    second = data.draw(st.integers(2, len(LEAVES)))
    first = data.draw(st.integers(1, second - 1))
    changed = data.draw(st.integers(0, first - 1))
    forged = [*LEAVES[:changed], leaf_hash(b"forged"), *LEAVES[changed + 1 : second]]
    before = merkle_tree_hash(LEAVES[:first])
    forged_root = merkle_tree_hash(forged)
    for leaves in (forged, LEAVES[:second]):
        assert not proves_consistency(first, second, consistency(first, leaves), before, forged_root)
    proof = list(consistency(first, LEAVES[:second]))
    after = merkle_tree_hash(LEAVES[:second])
    assert not proves_consistency(first, second, [*proof, b"\x00" * 32], before, after)
    assert not proves_consistency(first, second, proof[:-1], before, after)
    assert not proves_consistency(second, first, proof, after, before)


def test_an_inner_node_never_passes_for_a_leaf() -> None:
    inner = leaf_hash(LEAVES[0] + LEAVES[1])
    assert inner != node_hash(LEAVES[0], LEAVES[1])


@pytest.mark.parametrize(("index", "size"), [(0, 0), (-1, 3), (3, 3)])
def test_there_is_no_proof_of_what_is_not_in_the_tree(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="has no leaf"):
        inclusion_spans(index, size)


@pytest.mark.parametrize(("first", "second"), [(3, 2), (-1, 3)])
def test_there_is_no_proof_that_a_smaller_tree_extends_a_larger(first: int, second: int) -> None:
    with pytest.raises(ValueError, match="does not extend"):
        consistency_spans(first, second)
