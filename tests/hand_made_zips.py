"""Zips as zipfile would not write them: encrypted, lying, dangerous."""

import os
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Packed:
    """One entry of a zip, as the zip has it; nothing here is checked."""

    name: str | bytes
    content: bytes = b""
    mode: int = 0  # of Unix; 0o120777 is a symbolic link
    deflate: bool = False
    method: int | None = None  # another number than the one that is true
    claimed: int | None = None  # another size than the one that is true
    password: bytes | None = None


def write_zip(path: Path, *entries: Packed) -> Path:
    """Write a zip by hand: zipfile would not let us lie. Source: PKWARE's APPNOTE, 4.3.7 to 4.3.16."""
    body, directory = bytearray(), bytearray()
    for entry in entries:
        name = entry.name.encode() if isinstance(entry.name, str) else entry.name
        flags = 0x800 * (isinstance(entry.name, str) and not entry.name.isascii()) | bool(entry.password)
        checksum = zlib.crc32(entry.content)
        packed = entry.content
        if entry.deflate:
            compressor = zlib.compressobj(wbits=-15)
            packed = compressor.compress(packed) + compressor.flush()
        if entry.password:
            packed = encrypt(packed, entry.password, checksum >> 24)
        method = entry.method if entry.method is not None else 8 * entry.deflate
        size = len(entry.content) if entry.claimed is None else entry.claimed
        common = struct.pack("<5H3I2H", 20, flags, method, 0, 0x21, checksum, len(packed), size, len(name), 0)
        directory += b"PK\1\2" + struct.pack("<H", 3 << 8 | 20) + common
        directory += struct.pack("<3H2I", 0, 0, 0, entry.mode << 16, len(body)) + name
        body += b"PK\3\4" + common + name + packed
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, len(entries), len(entries), len(directory), len(body), 0)
    path.write_bytes(body + directory + end)
    return path


CRC_TABLE = [zlib.crc32(bytes([byte]), 0xFFFFFFFF) ^ 0xFFFFFFFF for byte in range(256)]


def encrypt(content: bytes, password: bytes, check: int) -> bytes:
    """Traditional PKWARE encryption, which DeepFashion2's zips have: APPNOTE, section 6.1."""
    keys = [0x12345678, 0x23456789, 0x34567890]

    def update(byte: int) -> None:
        keys[0] = keys[0] >> 8 ^ CRC_TABLE[(keys[0] ^ byte) & 0xFF]
        keys[1] = ((keys[1] + (keys[0] & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
        keys[2] = keys[2] >> 8 ^ CRC_TABLE[(keys[2] ^ keys[1] >> 24) & 0xFF]

    for byte in password:
        update(byte)
    encrypted = bytearray()
    for byte in os.urandom(11) + bytes([check]) + content:
        mixed = keys[2] | 2
        encrypted.append(byte ^ (mixed * (mixed ^ 1) >> 8) & 0xFF)
        update(byte)
    return bytes(encrypted)
