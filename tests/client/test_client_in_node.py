"""The client module, unmodified, in Node: exact through every way in which a connection breaks."""

from typing import Any

import pytest

from harness import npm
from harness.client_site import PIECE
from harness.servers import Server

pytestmark = pytest.mark.processes

SEEDS = 30
#: The frames of a producer; the library sends three before them, and one behind.
FRAMES = 40


@pytest.fixture(scope="module")
def results(client_site: Server) -> Any:
    return npm.run("client.mjs", client_site.url, str(SEEDS))


def assert_exact(read: Any, frames: int = FRAMES) -> None:
    """Every frame came once, in order, to the last one."""
    numbers = [frame["id"] for frame in read["frames"]]
    assert numbers == list(range(1, len(numbers) + 1))
    assert [frame["after"] for frame in read["frames"]] == list(range(len(numbers)))
    ticks = [each for each in read["frames"] if each["event"].startswith("tick-")]
    assert [tick["data"]["number"] for tick in ticks] == list(range(frames))
    assert {tick["data"]["chunk"] for tick in ticks} == {PIECE}
    assert read["frames"][-1]["event"] == "complete"


def test_a_stream_is_read_whole_with_names_that_nobody_listed(results: Any) -> None:
    assert_exact(results["callbacks"])
    names = {frame["event"] for frame in results["callbacks"]["frames"]}
    assert {f"tick-{number}" for number in range(7)} < names
    assert results["callbacks"]["states"] == ["connecting", "open", "ended"]
    assert results["callbacks"]["outcome"] == "complete"


def test_a_loop_gets_each_frame_and_ends_with_the_stream(results: Any) -> None:
    assert_exact(results["iteration"])
    assert results["iteration"]["outcome"] == "complete"


def test_a_stream_is_exact_after_cuts_at_random_bytes(results: Any) -> None:
    assert len(results["cuts"]) == SEEDS
    for read in results["cuts"]:
        assert_exact(read)
        assert read["cuts"] > 2
        assert read["states"].count("lost") >= read["connections"] - 1


def test_a_proxy_that_says_502_503_or_504_is_tried_again(results: Any) -> None:
    assert_exact(results["gateway"], 2 * FRAMES)
    assert results["gateway"]["half"] == FRAMES
    assert results["gateway"]["states"].count("lost") == 6


def test_a_connection_that_is_open_and_dead_is_left(results: Any) -> None:
    assert_exact(results["frozen"], 2 * FRAMES)
    assert results["frozen"]["connections"] > 1


def test_a_silent_stream_is_kept_and_its_pings_are_no_frames(results: Any) -> None:
    assert_exact(results["silent"], 2)
    assert results["silent"]["connections"] == 1


def test_a_stream_that_is_unknown_is_refused_for_good(results: Any) -> None:
    refusal = {"status": 404, "refused": True}
    assert results["unknown"]["error"] == results["unknown"]["thrown"] == refusal
    assert results["unknown"]["states"] == ["connecting", "refused"]


def test_a_page_in_the_place_of_a_stream_is_refused(results: Any) -> None:
    assert results["noStream"]["error"] == {"status": 200, "refused": True}


def test_a_reader_begins_behind_the_id_that_it_names(results: Any) -> None:
    whole, rest, nothing = (results["resumed"][name] for name in ("whole", "rest", "nothing"))
    assert rest["frames"] == whole["frames"][10:]
    # The end was seen by somebody else: what it was is not known here.
    assert (nothing["frames"], nothing["state"], nothing["outcome"]) == ([], "ended", None)


def test_a_reader_is_told_to_forget_what_the_stream_never_had(results: Any) -> None:
    gap, *rest = results["resumed"]["reset"]["frames"]
    assert (gap["event"], gap["data"]["reset"]) == ("gap", True)
    assert_exact({"frames": rest})


def test_a_stream_that_a_post_opens_goes_on_at_its_location(results: Any) -> None:
    assert_exact(results["posted"][""])
    assert results["posted"][""]["cuts"] == 1


@pytest.mark.parametrize(("case", "status"), [("?nowhere", 0), ("away", 503)])
def test_a_post_is_never_sent_twice(results: Any, case: str, status: int) -> None:
    read = results["posted"][case]
    assert read["error"] == {"status": status, "refused": True}
    assert read["states"][-1] == "refused"
    assert read["states"].count("connecting") == 1


def test_a_pause_loses_nothing(results: Any) -> None:
    assert_exact(results["paused"], 2 * FRAMES)
    assert results["paused"]["states"].count("paused") == 1


def test_a_stream_that_is_closed_says_so(results: Any) -> None:
    aborted = results["closed"]["aborted"]
    assert (aborted["state"], aborted["outcome"], aborted["lastEventId"]) == ("closed", None, 5)
    assert results["closed"]["left"] == {"state": "closed", "outcome": None}
