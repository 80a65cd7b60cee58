"""What was sent, and when last: by a stream as a whole and by each of its components."""

from dataclasses import dataclass, field

from .frames import Frame


@dataclass(slots=True)
class Tally:
    """Frames and bytes sent, the store's time of the last sign of life, and the last note.

    `owner` is the process that works on it, where the store is shared; `lost` whether it has died.
    """

    frames: int = 0
    bytes: int = 0
    at: float = 0.0
    note: str = ""
    owner: str = ""
    lost: bool = False


@dataclass(slots=True)
class Traffic(Tally):
    """The tally of a stream, and of each component that sent anything.

    `anyone_at` is when a frame came that belongs to no component: a sign of life of them all;
    `first_at` when the first frame came, None for none yet.
    """

    anyone_at: float = 0.0
    first_at: float | None = None
    components: dict[str, Tally] = field(default_factory=dict)

    def count(self, frame: Frame, now: float) -> None:
        """Add a frame."""
        size = len(frame.body)
        if self.first_at is None:
            self.first_at = now
        self.frames += 1
        self.bytes += size
        self.at = now
        if frame.component is None:
            self.anyone_at = now
        else:
            tally = self.of(frame.component)
            tally.frames += 1
            tally.bytes += size
            tally.at = now

    def remark(self, component: str, note: str, now: float) -> None:
        """Keep a component's note, which is a sign of life."""
        tally = self.of(component)
        tally.note = note or tally.note
        tally.at = now

    def of(self, component: str) -> Tally:
        """Return the component's tally."""
        try:
            return self.components[component]
        except KeyError:
            return self.components.setdefault(component, Tally())
