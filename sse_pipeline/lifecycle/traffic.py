"""The traffic of a stream: what it and each of its components sent, and when."""

from dataclasses import dataclass, field

from ..frames import Frame, Unit


@dataclass(slots=True)
class Tally:
    """Frames and bytes sent, the last note, and the store's time of the last sign of life.

    On a shared store `owner` names the process that works on the component, and `lost` tells
    whether that process has died.
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

    `anyone_at` is the time of the last frame that belongs to no component: such a frame is a sign
    of life of all components. `first_at` is the time of the first frame; None before it.
    """

    anyone_at: float = 0.0
    first_at: float | None = None
    components: dict[str, Tally] = field(default_factory=dict)

    def count(self, frame: Frame, now: float) -> None:
        """Count a frame that was sent at `now`."""
        size = len(frame.body)
        if self.first_at is None:
            self.first_at = now
        self.frames += 1
        self.bytes += size
        self.at = now
        if frame.component is None:
            self.anyone_at = now
        else:
            tally = self.tally_of(frame.component)
            tally.frames += 1
            tally.bytes += size
            tally.at = now

    def count_of(self, component: str, unit: Unit) -> int:
        """Return how many frames or bytes a component has sent."""
        tally = self.components.get(component)
        return 0 if tally is None else int(getattr(tally, unit))

    def keep_note(self, component: str, note: str, now: float) -> None:
        """Keep the note of a component; a note is a sign of life."""
        tally = self.tally_of(component)
        tally.note = note or tally.note
        tally.at = now

    def tally_of(self, component: str) -> Tally:
        """Return the tally of a component."""
        try:
            return self.components[component]
        except KeyError:
            # `setdefault`: a note and a frame may come at once, and must get the same tally.
            return self.components.setdefault(component, Tally())
