#!/usr/bin/env python3
"""Builds the sample cards: each `<slug>/portrait.svg`, drawn as PNG, with `<slug>/card.json` inside.

    python3 samples/build.py            render and embed; writes `<slug>.png`
    python3 samples/build.py --check    prove that each committed PNG holds its card.json; exit 1 if not

Rendering needs `rsvg-convert` (Debian: librsvg2-bin); checking needs only Python's standard library.
The same librsvg and the same sources give the same bytes: no chunk carries a time or a program name.

A V2 card lies in the tEXt chunk `chara`. A V3 card lies in `ccv3`, and once more as V2 in `chara` for
older readers. In both the chunk's text is the base64 of UTF-8 JSON; the main chunk's JSON is card.json
byte for byte. The V2 copy changes no word of the fields that both formats share, not even by the notice
in `creator_notes` that the V3 specification suggests: no program of ours writes into a creator's text.
"""

import base64
import json
import pathlib
import struct
import subprocess
import sys
import zlib

HERE = pathlib.Path(__file__).resolve().parent
WIDTH, HEIGHT = 768, 1024
MAX_BYTES = 400_000
SIGNATURE = b"\x89PNG\r\n\x1a\n"
PICTURE_CHUNKS = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}
ONLY_IN_V3 = {
    "assets", "nickname", "creator_notes_multilingual", "source",
    "group_only_greetings", "creation_date", "modification_date",
}


def main(arguments):
    if arguments not in ([], ["--check"]):
        raise SystemExit(__doc__)
    folders = sorted(path.parent for path in HERE.glob("*/card.json"))
    if not folders:
        raise SystemExit(f"no */card.json below {HERE}")
    problems = []
    for folder in folders:
        target = HERE / f"{folder.name}.png"
        card = (folder / "card.json").read_bytes()
        if not arguments:
            target.write_bytes(with_card(render(folder / "portrait.svg"), card))
        found = list(faults(target, card))
        problems += [f"{target.name}: {fault}" for fault in found]
        if not found:
            print(f"{target.name}  {target.stat().st_size:,} bytes, holds {folder.name}/card.json")
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


def render(svg):
    command = ["rsvg-convert", "--width", str(WIDTH), "--height", str(HEIGHT), str(svg)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout


def with_card(png, card):
    """The picture's own chunks, with the card's text chunks straight after the header."""
    picture = [(kind, data) for kind, data in chunks(png) if kind in PICTURE_CHUNKS]
    texts = [(b"tEXt", keyword + b"\0" + base64.b64encode(text)) for keyword, text in embedded(card)]
    return SIGNATURE + b"".join(chunk(kind, data) for kind, data in picture[:1] + texts + picture[1:])


def embedded(card):
    """The pairs of keyword and JSON bytes that a PNG of this card holds, in file order."""
    document = json.loads(card)
    if document["spec"] == "chara_card_v2":
        return [(b"chara", card)]
    if document["spec"] == "chara_card_v3":
        return [(b"ccv3", card), (b"chara", as_v2(document))]
    raise SystemExit(f"unknown spec {document['spec']!r}")


def as_v2(document):
    data = {key: value for key, value in document["data"].items() if key not in ONLY_IN_V3}
    copy = {"spec": "chara_card_v2", "spec_version": "2.0", "data": data}
    return (json.dumps(copy, ensure_ascii=False, indent=2) + "\n").encode()


def faults(target, card):
    if not target.exists():
        yield "missing; run samples/build.py"
        return
    png = target.read_bytes()
    found = list(chunks(png))
    if struct.unpack(">II", found[0][1][:8]) != (WIDTH, HEIGHT):
        yield f"is not {WIDTH} by {HEIGHT}"
    if len(png) >= MAX_BYTES:
        yield f"is {len(png):,} bytes, the limit is {MAX_BYTES:,}"
    if b"\r" in card:
        yield "card.json holds a carriage return"
    texts = [data.split(b"\0", 1) for kind, data in found if kind == b"tEXt"]
    if [(keyword, base64.b64decode(text, validate=True)) for keyword, text in texts] != embedded(card):
        yield "its text chunks differ from card.json; run samples/build.py"


def chunks(png):
    """Every chunk as (kind, data), its checksum verified."""
    if png[:8] != SIGNATURE:
        raise SystemExit("not a PNG")
    position = 8
    while position < len(png):
        length, kind = struct.unpack(">I4s", png[position:position + 8])
        data = png[position + 8:position + 8 + length]
        if png[position + 8 + length:position + 12 + length] != checksum(kind, data):
            raise SystemExit(f"damaged PNG: checksum of {kind!r}")
        yield kind, data
        position += 12 + length


def chunk(kind, data):
    return struct.pack(">I4s", len(data), kind) + data + checksum(kind, data)


def checksum(kind, data):
    return struct.pack(">I", zlib.crc32(kind + data))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
