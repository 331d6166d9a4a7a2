#!/usr/bin/env python3
"""Renders the app icon to every file the bundler asks for.

    python3 src-tauri/icons/render.py

Needs `rsvg-convert` (Debian: librsvg2-bin) and nothing beyond Python's standard library.
The same librsvg gives the same bytes each time: no file carries a time stamp.

Up to 32 px the pictures come from `icon-small.svg`, drawn on the pixel grid; above from `icon.svg`.
"""

import pathlib
import struct
import subprocess
import zlib

HERE = pathlib.Path(__file__).resolve().parent
LARGEST_SMALL = 32

PNG_FILES = {"32x32.png": 32, "64x64.png": 64, "128x128.png": 128, "128x128@2x.png": 256, "icon.png": 512}
ICO_SIZES = [16, 24, 32, 48, 64, 256]
# Apple's element types that hold a PNG, with the size in pixels of each.
ICNS_TYPES = [
    ("ic11", 32), ("ic12", 64), ("ic07", 128), ("ic13", 256),
    ("ic08", 256), ("ic14", 512), ("ic09", 512), ("ic10", 1024),
]


def main():
    for name, size in PNG_FILES.items():
        write(name, render(size))
    write("icon.ico", ico({size: render(size) for size in ICO_SIZES}))
    write("icon.icns", icns({size: render(size) for _, size in ICNS_TYPES}))


def write(name, data):
    (HERE / name).write_bytes(data)
    print(f"{name}  {len(data):,} bytes")


def render(size):
    source = HERE / ("icon-small.svg" if size <= LARGEST_SMALL else "icon.svg")
    command = ["rsvg-convert", "--width", str(size), "--height", str(size), str(source)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout


def ico(pictures):
    """Windows: bitmaps below 256 px, because older readers take PNG only at that size."""
    bodies = [(size, png if size >= 256 else bitmap(size, png)) for size, png in sorted(pictures.items())]
    offset = 6 + 16 * len(bodies)
    directory, data = struct.pack("<HHH", 0, 1, len(bodies)), b""
    for size, body in bodies:
        directory += struct.pack("<BBBBHHII", size % 256, size % 256, 0, 0, 1, 32, len(body), offset + len(data))
        data += body
    return directory + data


def icns(pictures):
    body = b"".join(kind.encode() + struct.pack(">I", 8 + len(pictures[size])) + pictures[size]
                    for kind, size in ICNS_TYPES)
    return b"icns" + struct.pack(">I", 8 + len(body)) + body


def bitmap(size, png):
    """A DIB as an .ico holds it: header of twice the height, BGRA rows from the bottom, an empty mask."""
    rows = rgba_rows(png)
    pixels = bytearray()
    for row in reversed(rows):
        for x in range(0, len(row), 4):
            pixels += bytes((row[x + 2], row[x + 1], row[x], row[x + 3]))
    mask = bytes(((size + 31) // 32 * 4) * size)
    header = struct.pack("<IiiHHIIiiII", 40, size, size * 2, 1, 32, 0, len(pixels) + len(mask), 0, 0, 0, 0)
    return header + bytes(pixels) + mask


def rgba_rows(png):
    """The rows of an 8-bit RGBA PNG without interlacing, which is what rsvg-convert writes."""
    position, header, packed = 8, None, b""
    while position < len(png):
        length, kind = struct.unpack(">I4s", png[position:position + 8])
        data = png[position + 8:position + 8 + length]
        if kind == b"IHDR":
            header = struct.unpack(">IIBBBBB", data)
        elif kind == b"IDAT":
            packed += data
        position += 12 + length
    if header is None or header[2:] != (8, 6, 0, 0, 0):
        raise SystemExit(f"expected an 8-bit RGBA picture without interlacing, got {header}")
    raw, stride = zlib.decompress(packed), header[0] * 4
    rows, above = [], bytes(stride)
    for start in range(0, len(raw), stride + 1):
        above = unfilter(raw[start], bytearray(raw[start + 1:start + 1 + stride]), above)
        rows.append(above)
    return rows


def unfilter(kind, row, above):
    """One row of PNG filtering undone (PNG specification, section 9), four bytes a pixel."""
    for x in range(len(row)):
        left = row[x - 4] if x >= 4 else 0
        up, corner = above[x], above[x - 4] if x >= 4 else 0
        guess = (0, left, up, (left + up) // 2, paeth(left, up, corner))[kind]
        row[x] = (row[x] + guess) & 0xFF
    return bytes(row)


def paeth(left, up, corner):
    estimate = left + up - corner
    return min((left, up, corner), key=lambda value: abs(estimate - value))


if __name__ == "__main__":
    main()
