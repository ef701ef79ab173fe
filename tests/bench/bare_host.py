"""A native host that only answers: reads each frame and says that it is there."""

import struct
import sys

while header := sys.stdin.buffer.read(4):
    sys.stdin.buffer.read(struct.unpack("=I", header)[0])
    sys.stdout.buffer.write(struct.pack("=I", 2) + b"{}")
    sys.stdout.buffer.flush()
