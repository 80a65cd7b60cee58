"""`python -m harness.picture`: make the moving picture of the README, of the demonstration.

It is an APNG: a PNG whose further pictures lie in chunks of their own. Nothing is needed to write
one but the pictures.
"""

import asyncio
import struct
import sys
import zlib
from collections.abc import Iterator, Sequence

from playwright.async_api import Page, async_playwright

from harness import chromium
from harness.servers import ROOT, serve_site

PICTURE = ROOT / "docs" / "demonstration.png"
SIZE = {"width": 1100, "height": 860}
SCALE = 0.66
#: The states in which a picture is taken, and whether a stream has come so far.
STATES = ("streaming", "streaming", "streaming", "draining", "draining")
REACHED = """
(state) => document.querySelector(`#machine [data-state="${state}"]:is([aria-current], .passed)`)
"""
#: Milliseconds: how long a picture is shown, and the last one.
SHOWN, STAY = 700, 3000
LARGEST = 1_000_000
SIGNATURE = b"\x89PNG\r\n\x1a\n"


async def shots() -> list[bytes]:
    """Return pictures of an answer, from the question to its end."""
    with serve_site() as site:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=chromium.executable(),
                args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required"],
            )
            page = await browser.new_page(viewport=SIZE, device_scale_factor=SCALE)  # type: ignore[arg-type]
            await page.goto(site.url)
            taken = await _answer(page)
            await browser.close()
    return taken


async def _answer(page: Page) -> list[bytes]:
    await page.get_by_label("Tokens per second").fill("80")
    taken = [await page.screenshot()]
    await page.get_by_role("button", name="Answer").click()
    for state in STATES:
        await page.wait_for_function(REACHED, arg=state)
        taken.append(await page.screenshot())
    await page.wait_for_function(REACHED, arg="complete")
    return [*taken, await page.screenshot()]


def animated(pictures: Sequence[bytes], pause: int, stay: int) -> bytes:
    """Join PNGs of one size to an APNG. Times are milliseconds; the last picture stays longer."""
    head, *_ = (data for kind, data in chunks(pictures[0]) if kind == b"IHDR")
    width, height = struct.unpack(">II", head[:8])
    parts = [chunk(b"IHDR", head), chunk(b"acTL", struct.pack(">II", len(pictures), 0))]
    number = 0
    for place, picture in enumerate(pictures):
        shown = stay if place == len(pictures) - 1 else pause
        control = struct.pack(">IIIIIHHBB", number, width, height, 0, 0, shown, 1000, 0, 0)
        parts.append(chunk(b"fcTL", control))
        number += 1
        for data in (data for kind, data in chunks(picture) if kind == b"IDAT"):
            if place == 0:
                parts.append(chunk(b"IDAT", data))
            else:
                parts.append(chunk(b"fdAT", struct.pack(">I", number) + data))
                number += 1
    return b"".join([SIGNATURE, *parts, chunk(b"IEND", b"")])


def chunks(picture: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the kind and the data of each chunk of a PNG."""
    place = len(SIGNATURE)
    while place < len(picture):
        (length,) = struct.unpack_from(">I", picture, place)
        yield picture[place + 4 : place + 8], picture[place + 8 : place + 8 + length]
        place += length + 12


def chunk(kind: bytes, data: bytes) -> bytes:
    """Return a chunk of a PNG."""
    check = zlib.crc32(data, zlib.crc32(kind))
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)


def main() -> None:
    """Write the picture."""
    made = animated(asyncio.run(shots()), SHOWN, STAY)
    if len(made) > LARGEST:
        sys.exit(f"the picture has {len(made)} bytes, more than {LARGEST}")
    PICTURE.write_bytes(made)
    print(f"{PICTURE.relative_to(ROOT)}: {len(made)} bytes")


if __name__ == "__main__":
    main()
