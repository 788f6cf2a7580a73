"""Cards of simulated cameras: folders with files whose contents a seed decides, and who knows what was put on them."""

import hashlib
import random
import subprocess
import threading
from dataclasses import dataclass, field
from pathlib import Path

KIB, MIB = 1024, 1024 * 1024
# Share, least and greatest size. Most are small, so that much happens in little time; some have many parts.
_SIZES = ((0.70, KIB, 64 * KIB), (0.20, 64 * KIB, 2 * MIB), (0.08, 2 * MIB, 12 * MIB), (0.02, 12 * MIB, 40 * MIB))
_MEDIA_SHARE = 0.05
_MOVIE = ("-f", "lavfi", "-i", "testsrc2=size=128x96:rate=10:duration=1", "-c:v", "libx264", "-pix_fmt", "yuv420p")
_PHOTO = ("-f", "lavfi", "-i", "testsrc2=size=128x96:rate=1:duration=1", "-frames:v", "1")


@dataclass(frozen=True, slots=True)
class Content:
    """What a file holds. Only its digest is kept: what counts is what can be read back from the store."""

    sha256: str
    size: int
    is_media: bool = False


@dataclass(eq=False)
class Card:
    """A folder that plays a card. It may be pulled, and put back with all that is on it; beside its parent lies
    `aside`, for what is not in the slot.

    `lock` is held by whoever changes what lies there, apart from the dock that may erase.
    """

    folder: Path
    files: dict[Path, Content] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock, repr=False)
    is_pulled: bool = False

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._aside.parent.mkdir(exist_ok=True)

    @property
    def _aside(self) -> Path:
        return self.folder.parent.with_name("aside") / self.folder.name

    def put(self, name: str, content: bytes, *, is_media: bool = False) -> Content:
        """Put a whole file there at one moment: half of one would be another content."""
        made = Content(hashlib.sha256(content).hexdigest(), len(content), is_media)
        with self.lock:
            folder = self._aside if self.is_pulled else self.folder
            written = self._aside.with_name("arriving")
            written.write_bytes(content)
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if self.folder / name in self.files:
                raise ValueError(f"{name} lay on this card before: what became of that could not be told any more")
            self.files[self.folder / name] = made
            written.rename(target)
        return made

    def pull(self) -> None:
        with self.lock:
            if not self.is_pulled:
                self.folder.rename(self._aside)
                self.is_pulled = True

    def put_back(self) -> None:
        with self.lock:
            if self.is_pulled:
                self._aside.rename(self.folder)
                self.is_pulled = False


class Camera:
    """Makes files by a seed: mostly bytes that are no media, now and then a tiny movie or photo."""

    def __init__(self, seed: int, folder: Path) -> None:
        self._random = random.Random(seed)  # noqa: S311 - to be repeated, not secret
        self._number = 0
        self._movie = _recorded(folder / "model.mp4", _MOVIE)
        self._photo = _recorded(folder / "model.jpg", _PHOTO)

    def file(self) -> tuple[str, bytes, bool]:
        """A name, a content unlike any other, and whether it is media."""
        if self._random.random() < _MEDIA_SHARE:
            name, content = self._random.choice((self.movie, self.photo))()
            return name, content, True
        ((_, least, greatest),) = self._random.choices(_SIZES, [share for share, _, _ in _SIZES])
        size = self._random.randint(least, greatest)
        return self._name("DATA", "bin"), self._random.randbytes(size), False

    def movie(self) -> tuple[str, bytes]:
        # A free box at the end is read by nobody, and makes it another content.
        return self._name("DCIM", "mp4"), self._movie + b"\0\0\0\x18free" + self._random.randbytes(16)

    def photo(self) -> tuple[str, bytes]:
        return self._name("DCIM", "jpg"), self._photo + self._random.randbytes(16)

    def _name(self, folder: str, ending: str) -> str:
        self._number += 1
        return f"{folder}/{self._number:06d}.{ending}"


def _recorded(path: Path, options: tuple[str, ...]) -> bytes:
    words = ["ffmpeg", "-nostdin", "-v", "error", "-y", *options, str(path)]
    subprocess.run(words, check=True, timeout=60)  # noqa: S603 - our own words, no shell
    return path.read_bytes()
