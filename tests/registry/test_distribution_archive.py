"""Archives from strangers: one meaning for every reader, bounded cost, and nothing but a refusal for the rest."""

from __future__ import annotations

import gzip
import io
import re
import struct
import tarfile
import time
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.distribution import Distribution, DistributionRefused, read_distribution
from registry.distribution import members as members_module
from tests.support.distributions import sdist, tar_gz_archive, wheel, zip_archive
from verification.reasons import Reason

PKG_INFO = b"Metadata-Version: 2.4\nName: foo\nVersion: 1.0\n"
SDIST = "foo-1.0.tar.gz"
WHEEL = "foo-1.0-py3-none-any.whl"
DIST_INFO = "foo-1.0.dist-info"


def read(filename: str, content: bytes) -> Distribution:
    with TemporaryDirectory() as folder:
        path = Path(folder, "upload")
        path.write_bytes(content)
        return read_distribution(path, filename)


def refusal(filename: str, content: bytes) -> str:
    """Return the sentences with which a file is refused, and check that all are about the archive."""
    with pytest.raises(DistributionRefused) as refused:
        read(filename, content)
    assert {problem.reason for problem in refused.value.problems} == {Reason.ARCHIVE_MALFORMED}
    assert all(problem.detail.isprintable() and problem.detail.isascii() for problem in refused.value.problems)
    return "\n".join(problem.detail for problem in refused.value.problems)


def bare(path: str, kind: bytes, **fields: Any) -> tarfile.TarInfo:
    member = tarfile.TarInfo(path)
    member.type = kind
    for name, value in fields.items():
        setattr(member, name, value)
    return member


def raw_tar(*blocks: bytes) -> bytes:
    """Return a gzipped tar archive of a good PKG-INFO after the given blocks."""
    return gzip.compress(b"".join(blocks) + file_block("foo-1.0/PKG-INFO", PKG_INFO) + bytes(1024), mtime=0)


def file_block(path: str, content: bytes, kind: bytes = tarfile.REGTYPE, **fields: Any) -> bytes:
    header = bare(path, kind, **({"size": len(content)} | fields)).tobuf(tarfile.GNU_FORMAT)
    return header + content + bytes(-len(content) % 512)


def header_block(path: str, changes: dict[int, bytes], kind: bytes = tarfile.REGTYPE) -> bytes:
    """Return an empty file's header with some bytes put in place of its own, and a checksum that fits."""
    block = bytearray(file_block(path, b"", kind))
    for start, replacement in changes.items():
        block[start : start + len(replacement)] = replacement
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def pax(*records: tuple[str, str], kind: bytes = tarfile.XHDTYPE) -> bytes:
    body = b""
    for key, value in records:
        rest = f" {key}={value}\n".encode()
        length = next(n for n in range(len(rest), len(rest) + 9) if len(str(n)) + len(rest) == n)
        body += str(length).encode() + rest
    return file_block("pax", body, kind)


def long_name(path: str) -> bytes:
    return file_block("././@LongLink", path.encode() + b"\0", tarfile.GNUTYPE_LONGNAME)


def good_wheel(**options: Any) -> bytes:
    return wheel("foo", "1.0", **options)[1]


# Sdists


def test_an_sdist_says_what_it_is() -> None:
    """The metadata is handed on byte for byte, with name and version as the metadata spells them."""
    filename, content = sdist("Foo.Bar", "1.0", summary="Short", requires_python=">=3.8")
    read_back = read(filename, content)
    assert (read_back.filename, read_back.filetype) == ("foo_bar-1.0.tar.gz", "sdist")
    assert (read_back.name, str(read_back.version), read_back.display_name) == ("foo-bar", "1.0", "Foo.Bar")
    assert (read_back.summary, read_back.requires_python) == ("Short", ">=3.8")
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        member = archive.extractfile("foo_bar-1.0/PKG-INFO")
        assert member is not None
        assert read_back.metadata == member.read()


@pytest.mark.parametrize("format_", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_what_tarfile_writes_is_read_the_same(format_: int) -> None:
    """Directories, links within the archive and long names, in each format that a build backend may write."""
    buffer = io.BytesIO()
    long_path = f"foo-1.0/{'d' * 90}/{'f' * 90}"
    with tarfile.open(fileobj=buffer, mode="w:gz", format=format_) as archive:
        archive.addfile(bare("foo-1.0", tarfile.DIRTYPE, mtime=1.5))
        archive.addfile(bare("foo-1.0/PKG-INFO", tarfile.REGTYPE, size=len(PKG_INFO)), io.BytesIO(PKG_INFO))
        archive.addfile(bare(long_path, tarfile.REGTYPE))
        archive.addfile(bare("foo-1.0/docs/link", tarfile.SYMTYPE, linkname="../PKG-INFO"))
    assert read(SDIST, buffer.getvalue()).metadata == PKG_INFO


def test_the_gzip_header_may_say_any_time_and_system() -> None:
    """Those bytes are not the archive's content: a file in which they changed still reads (its digest is another)."""
    _, content = sdist("foo", "1.0")
    changed = content[:4] + b"\x12\x34\x56\x78" + content[8:9] + b"\x0b" + content[10:]
    assert changed != content
    assert read(SDIST, changed) == read(SDIST, content)


def test_a_global_pax_header_with_a_comment_is_let_be() -> None:
    """`git archive` writes the commit there."""
    read(SDIST, raw_tar(pax(("comment", "0" * 40), kind=tarfile.XGLTYPE)))


def test_a_pax_header_may_repeat_the_size_of_its_member() -> None:
    """uv's build backend writes one before each member, directories too; tarfile reads the same whether it heeds it or not."""
    said = [("path", "foo-1.0/src"), ("size", "0")]
    content = raw_tar(
        *(pax(*said), file_block("foo-1.0/src", b"", tarfile.DIRTYPE)),
        *(pax(("path", "foo-1.0/src/x"), ("size", "4")), file_block("x", b"four")),
        *(long_name("foo-1.0/y"), pax(("size", "4")), file_block("y", b"four")),
    )
    assert read(SDIST, content).metadata == PKG_INFO
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        assert archive.getnames() == ["foo-1.0/src", "foo-1.0/src/x", "foo-1.0/y", "foo-1.0/PKG-INFO"]


@pytest.mark.parametrize(
    ("member", "told"),
    [
        (bare("foo-1.0/device", tarfile.CHRTYPE), "neither a file"),
        (bare("foo-1.0/device", tarfile.BLKTYPE), "neither a file"),
        (bare("foo-1.0/pipe", tarfile.FIFOTYPE), "neither a file"),
        (bare("foo-1.0/hard", tarfile.LNKTYPE, linkname="PKG-INFO"), "to no file before"),
        (bare("foo-1.0/hard", tarfile.LNKTYPE, linkname="foo-1.0/./PKG-INFO"), "to no file before"),
        (bare("foo-1.0/hard", tarfile.LNKTYPE, linkname="foo-1.0/hard"), "to no file before"),
        (bare("foo-1.0/hard", tarfile.LNKTYPE, linkname="/etc/passwd"), "to no file before"),
        (bare("foo-1.0/PKG-INFO", tarfile.LNKTYPE, linkname="foo-1.0/pyproject.toml"), "more than once"),
        (bare("foo-1.0/sparse", tarfile.GNUTYPE_SPARSE), "neither a file"),
        (bare("foo-1.0/link", tarfile.SYMTYPE, linkname="/etc/passwd"), "lead out"),
        (bare("foo-1.0/link", tarfile.SYMTYPE, linkname="../x"), "lead out"),
        (bare("foo-1.0/link", tarfile.SYMTYPE, linkname="a/../../x"), "lead out"),
        (bare("foo-1.0/link", tarfile.SYMTYPE, linkname=""), "lead out"),
        (bare("/etc/passwd", tarfile.REGTYPE), "lead out"),
        (bare("foo-1.0/../x", tarfile.REGTYPE), "lead out"),
        (bare("foo-1.0/./x", tarfile.REGTYPE), "not plain"),
        (bare("foo-1.0//x", tarfile.REGTYPE), "not plain"),
        (bare("foo-1.0/a\\b", tarfile.REGTYPE), "not plain"),
        (bare("foo-1.0/a\nb", tarfile.REGTYPE), "not plain"),
        (bare("foo-1.0/\udcff", tarfile.REGTYPE), "changes how"),
        (bare("C:/x", tarfile.REGTYPE), "not plain"),
        (bare("foo-1.0/PKG-INFO", tarfile.REGTYPE), "more than once"),
        (bare("foo-1.0/PKG-INFO/x", tarfile.REGTYPE), "not a directory"),
        (bare("bar-1.0/x", tarfile.REGTYPE), "exactly one top directory"),
        (bare("foo-1.0/" + "d/" * 600 + "f", tarfile.REGTYPE), "more than 1024 characters"),
        (bare("foo-1.0/" + "d/" * 63 + "f", tarfile.REGTYPE), "too long or deep"),
    ],
)
def test_members_that_would_not_stay_in_their_place_are_refused(member: tarfile.TarInfo, told: str) -> None:
    """PEP 721: nothing outside the directory, no devices; and no name that is another one on another system."""
    assert told in refusal(SDIST, sdist("foo", "1.0", extra_members=[member])[1])


def hard(path: str, target: str) -> bytes:
    return file_block(path, b"", tarfile.LNKTYPE, linkname=target)


def test_a_hard_link_is_the_file_before_it() -> None:
    """Build backends write the second of two files so, where a file system that shares equal ones has them as one."""
    first, second = "foo-1.0/a.py", "foo-1.0/b.py"
    content = raw_tar(file_block(first, b"x = 1\n"), hard(second, first), hard("foo-1.0/c.py", second))
    assert read(SDIST, content).metadata == PKG_INFO
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        member = archive.extractfile(second)
        assert member is not None
        assert member.read() == b"x = 1\n"


@pytest.mark.parametrize(
    ("blocks", "told"),
    [
        ([hard("foo-1.0/b", "foo-1.0/a"), file_block("foo-1.0/a", b"x")], "to no file before"),
        ([file_block("foo-1.0/d", b"", tarfile.DIRTYPE), hard("foo-1.0/b", "foo-1.0/d")], "to no file before"),
        (
            [file_block("foo-1.0/s", b"", tarfile.SYMTYPE, linkname="PKG-INFO"), hard("foo-1.0/b", "foo-1.0/s")],
            "to no file before",
        ),
        (
            [file_block("foo-1.0/a", b"x"), file_block("foo-1.0/b", b"y", tarfile.LNKTYPE, linkname="foo-1.0/a")],
            "cannot",
        ),
        (
            [file_block("foo-1.0/a", b"x"), hard("foo-1.0/b", "foo-1.0/a"), file_block("foo-1.0/b/c", b"")],
            "not a directory",
        ),
    ],
)
def test_a_hard_link_to_anything_else_is_refused(blocks: list[bytes], told: str) -> None:
    """Threat: one reader follows it to what another one does not have yet, or to a place outside."""
    assert told in refusal(SDIST, raw_tar(*blocks))


def test_an_sdist_is_described_by_a_file_and_no_link() -> None:
    """What is shown to people and published as metadata is read from the very member of that name."""
    content = gzip.compress(
        file_block("foo-1.0/a", PKG_INFO) + hard("foo-1.0/PKG-INFO", "foo-1.0/a") + bytes(1024), mtime=0
    )
    assert "has no file PKG-INFO" in refusal(SDIST, content)


def test_nothing_lies_beneath_a_link() -> None:
    """CVE-2007-4559 by two steps: a link to somewhere, and then a file through it."""
    link = bare("foo-1.0/a", tarfile.SYMTYPE, linkname="b")
    told = refusal(SDIST, sdist("foo", "1.0", extra_members=[link, bare("foo-1.0/a/x", tarfile.REGTYPE)])[1])
    assert "not a directory" in told


@pytest.mark.parametrize(
    ("blocks", "told"),
    [
        ([pax(("size", "4"))], "another size"),
        ([pax(("size", "04")), file_block("foo-1.0/x", b"four")], "another size"),
        ([pax(("size", "")), file_block("foo-1.0/x", b"")], "another size"),
        ([pax(("size", "4"), ("size", "0")), file_block("foo-1.0/x", b"four")], "give one member its size"),
        ([pax(("size", "4")), pax(("comment", "x")), file_block("foo-1.0/x", b"four")], "before yet another"),
        ([pax(("size", "4")), long_name("foo-1.0/x"), file_block("x", b"four")], "before yet another"),
        ([pax(("size", "4"), kind=tarfile.XGLTYPE), file_block("foo-1.0/x", b"four")], "one name or size"),
        ([pax(("GNU.sparse.major", "1"))], "changes how"),
        ([pax(("hdrcharset", "BINARY"))], "changes how"),
        ([pax(("path", "foo-1.0/a")), pax(("path", "foo-1.0/b"))], "give one member its path"),
        ([pax(("path", "foo-1.0/a"), kind=tarfile.XGLTYPE)], "one name or size"),
        ([file_block("x", b"99999999999 path=x\n", tarfile.XHDTYPE)], "damaged"),
        ([file_block("x", b"0 path=x\n", tarfile.XHDTYPE)], "damaged"),
        ([file_block("x", b"1" * 60_000, tarfile.XHDTYPE)], "damaged"),
        ([file_block("x", b"1" * 70_000, tarfile.XHDTYPE)], "larger than"),
        ([file_block("x", b"", tarfile.XHDTYPE, size=-512)], "larger than"),
        ([file_block("foo-1.0/x", b"", size=-512)], "cannot have"),
        ([file_block("foo-1.0/x", bytes(512), tarfile.DIRTYPE)], "cannot have"),
        ([file_block("foo-1.0/x", b"", size=8**11)], "too early"),
        ([file_block("foo-1.0/\udcff", b"")], "not plain"),
        ([b"x" * 512], "damaged"),
        ([file_block("foo-1.0/x", b""), b"x" * 512], "damaged"),
        ([bytes(512)], "follows the end"),
    ],
)
def test_headers_that_readers_read_differently_are_refused(blocks: list[bytes], told: str) -> None:
    """Desynchronised tar readers (CVE-2025-62518), and headers that hang tarfile (CVE-2024-6232, CVE-2025-8194)."""
    assert told in refusal(SDIST, raw_tar(*blocks))


MAGIC, PREFIX, SIZE = 257, 345, 124


@pytest.mark.parametrize(
    ("block", "told"),
    [
        (header_block("foo-1.0/setup.py", {PREFIX: b"foo-1.0/hidden"}), "neither the POSIX form"),
        (header_block("foo-1.0/setup.py", {PREFIX: b"foo-1.0/hidden", MAGIC: bytes(8)}), "neither the POSIX form"),
        (header_block("foo-1.0/setup.py", {MAGIC: b"ustar\x0011"}), "neither the POSIX form"),
        (header_block("foo-1.0/x/", {}, tarfile.AREGTYPE), "readers differ on"),
        (header_block("foo-1.0/x", {SIZE: b"0o0\0"}), "readers differ on"),
        (header_block("foo-1.0/x", {SIZE: b"0_0\0"}), "readers differ on"),
        (header_block("foo-1.0/x", {SIZE: b"0\x001\0"}), "readers differ on"),
        (file_block("././@LongLink", b"foo-1.0/a\0b\0", tarfile.GNUTYPE_LONGNAME), "behind its end"),
    ],
)
def test_one_archive_is_not_two_programs(block: bytes, told: str) -> None:
    """Threat: pip and uv build different programs of one sdist, for only one of them reads a prefix before a member's name."""
    assert told in refusal(SDIST, raw_tar(block))


def test_a_tower_of_headers_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """tarfile calls itself for each header before a header; here there is a limit, and no recursion."""
    monkeypatch.setattr("registry.distribution.tar_stream.MAX_HEADERS", 6_000)
    assert "headers" in refusal(SDIST, raw_tar(pax(("comment", "x")) * 6_001))


def test_a_tar_archive_without_an_end_is_refused() -> None:
    """One that was cut off at a member's end must not pass for a whole one."""
    assert "too early" in refusal(SDIST, gzip.compress(file_block("foo-1.0/PKG-INFO", PKG_INFO)))


@pytest.mark.parametrize("more", [b"\0", b"x", gzip.compress(b"", mtime=0)])
def test_nothing_follows_the_gzip_member(more: bytes) -> None:
    """Some readers go on with a second member or skip what follows; its meaning would depend on the reader."""
    assert "follows the end" in refusal(SDIST, sdist("foo", "1.0")[1] + more)


@pytest.mark.parametrize(
    "hidden",
    [
        zip_archive([("foo-1.0/setup.py", b"evil")]),
        struct.pack("<4sLQL", b"PK\6\7", 1, 0, 2) + b"PK\5\6" + bytes(18),
    ],
    ids=["whole", "on two disks"],
)
def test_a_file_that_is_both_tar_and_zip_is_refused(hidden: bytes) -> None:
    """A ZIP archive in the gzip header's extra field: older pips look for a ZIP archive first, and install that."""
    _, content = sdist("foo", "1.0")
    extra = struct.pack("<H", len(hidden)) + hidden
    polyglot = content[:3] + b"\x04" + content[4:10] + extra + content[10:]
    assert gzip.decompress(polyglot) == gzip.decompress(content)
    assert "ZIP archive as well" in refusal(SDIST, polyglot)


@pytest.mark.parametrize("content", [b"", b"\x1f\x8b", b"PK\5\6" + bytes(18), good_wheel(), b"\x1f\x8b" * 40])
def test_what_is_no_gzipped_tar_is_refused(content: bytes) -> None:
    """Neither a wheel under an sdist's name nor anything else."""
    refusal(SDIST, content)


def test_an_sdist_needs_its_top_directory_and_pkg_info() -> None:
    """PEP 517 and 643: `{name}-{version}/PKG-INFO`."""
    assert "PKG-INFO" in refusal(SDIST, sdist("foo", "1.0", omit=["PKG-INFO"])[1])
    assert "top directory is called 'bar-1.0'" in refusal(SDIST, tar_gz_archive([("bar-1.0/PKG-INFO", PKG_INFO)]))
    assert "holds nothing" in refusal(SDIST, tar_gz_archive([]))
    as_directory = [bare("foo-1.0/PKG-INFO", tarfile.DIRTYPE)]
    assert "PKG-INFO" in refusal(SDIST, sdist("foo", "1.0", omit=["PKG-INFO"], extra_members=as_directory)[1])
    assert read(SDIST, tar_gz_archive([("Foo-1.0.0/PKG-INFO", PKG_INFO)])).name == "foo"


@pytest.mark.parametrize("make", [sdist, wheel])
def test_a_name_or_version_that_the_metadata_denies_is_refused(make: Callable[..., tuple[str, bytes]]) -> None:
    """The file name decides whose release the file becomes, so the metadata must say the same."""
    filename, content = make("foo", "1.0", metadata_text="Metadata-Version: 2.4\nName: bar\nVersion: 2.0\n")
    with pytest.raises(DistributionRefused) as refused:
        read(filename, content)
    assert [problem.reason for problem in refused.value.problems] == [Reason.FILENAME_INVALID] * 2


# Bombs


def tar_of_zeros(size: int) -> bytes:
    header = bare("foo-1.0/zeros", tarfile.REGTYPE, size=size).tobuf()
    squeeze = zlib.compressobj(9, zlib.DEFLATED, 31)
    pieces = [squeeze.compress(header), *(squeeze.compress(bytes(1 << 20)) for _ in range(size >> 20)), squeeze.flush()]
    return b"".join(pieces)


def wheel_of_zeros(size: int) -> bytes:
    buffer = io.BytesIO(good_wheel())
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as archive, archive.open("zeros", "w") as member:
        for _ in range(size >> 20):
            member.write(bytes(1 << 20))
    return buffer.getvalue()


@pytest.mark.parametrize(("filename", "bomb"), [(SDIST, tar_of_zeros), (WHEEL, wheel_of_zeros)])
def test_a_decompression_bomb_costs_little(filename: str, bomb: Callable[[int], bytes]) -> None:
    """Counted while it unfolds, and stopped: neither the memory nor the seconds that it was made to take."""
    content = bomb(256 << 20)
    assert len(content) < 1 << 20
    tracemalloc.start()
    began = time.process_time()
    told = refusal(filename, content)
    took = time.process_time() - began
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "unfolds" in told
    assert took < 2
    assert peak < 8 << 20


@pytest.mark.parametrize(
    "long", [{"name": "foo-1.0/" + "a/" * 15_000}, {"linkname": "a/" * 15_000}], ids=["path", "link"]
)
def test_a_bomb_of_names_costs_little(long: dict[str, str]) -> None:
    """Threat: names as long as a header before a header lets them be, which take no room compressed, are held in memory."""
    bomb = sdist("foo", "1.0", extra_members=[bare(f"foo-1.0/{n}", tarfile.SYMTYPE, **long) for n in range(1000)])[1]
    assert len(bomb) < 1 << 20
    tracemalloc.start()
    told = refusal(SDIST, bomb)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "more than 1024 characters" in told
    assert peak < 8 << 20


def test_a_bomb_of_tags_costs_little() -> None:
    """Threat: 64 KB of WHEEL, each of whose lines stands for a thousand tags, take 300 MB of memory."""
    ten = ".".join("abcdefghij")
    lines = [f"Tag: {'.'.join(f'p{number}{letter}' for letter in 'abcdefghij')}-{ten}-{ten}\n" for number in range(600)]
    content = good_wheel(extra_files={f"{DIST_INFO}/WHEEL": ("Wheel-Version: 1.0\n" + "".join(lines)).encode()})
    tracemalloc.start()
    told = refusal(WHEEL, content)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "tags in WHEEL" in told
    assert peak < 8 << 20


def test_a_large_archive_may_hold_its_own_size_several_times(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is hardly compressed is no bomb, however large: a registry's policy says how large a file may be."""
    monkeypatch.setattr("registry.distribution.inflation.MAX_TOTAL", 1000)
    monkeypatch.setattr("registry.distribution.inflation.RATIO_FREE", 1000)
    stored = io.BytesIO()
    made = zipfile.ZipFile(io.BytesIO(good_wheel(extra_files={"foo/data": bytes(5000)})))
    with made, zipfile.ZipFile(stored, "w", zipfile.ZIP_STORED) as archive:
        for info in made.infolist():
            archive.writestr(info.filename, made.read(info))
    assert read(WHEEL, stored.getvalue()).name == "foo"
    compressible = good_wheel(extra_files={"foo/data": bytes(20000)})
    assert "unfolds to more than" in refusal(WHEEL, compressible)
    monkeypatch.setattr("registry.distribution.inflation.LARGE_RATIO", 30)
    assert read(WHEEL, compressible).name == "foo"


def test_too_many_members_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A member costs memory even when it is empty."""
    for module in ("sdist", "zip_layout"):
        monkeypatch.setattr(f"registry.distribution.{module}.MAX_MEMBERS", 1_000)
    many = {f"many/{number}": b"" for number in range(1_000)}
    assert "more than 1000 members" in refusal(
        SDIST, sdist("foo", "1.0", extra_files={f"foo-1.0/{path}": content for path, content in many.items()})[1]
    )
    assert "more than 1000 members" in refusal(WHEEL, good_wheel(extra_files=many))


def test_as_many_members_as_any_known_package_has_are_taken() -> None:
    """The sdist of ansible 14.5.0 has 58,743, files and folders."""
    folders = [bare(f"foo-1.0/{number}", tarfile.DIRTYPE) for number in range(58_743)]
    assert read(SDIST, sdist("foo", "1.0", extra_members=folders)[1]).name == "foo"


def test_the_paths_of_an_sdist_have_a_limit_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Long ones take next to no room in the file, and are held in memory; a link has two."""
    links = [bare(f"foo-1.0/{number}", tarfile.SYMTYPE, linkname="x" * 90) for number in range(9)]
    content = sdist("foo", "1.0", extra_members=links)[1]
    assert read(SDIST, content).name == "foo"
    monkeypatch.setattr("registry.distribution.sdist.MAX_PATHS", 900)
    assert "more than 900 characters together" in refusal(SDIST, content)


@pytest.mark.parametrize("make", [sdist, wheel])
def test_metadata_has_a_limit(make: Callable[..., tuple[str, bytes]]) -> None:
    """It is held in memory and kept in the database, so 2 MiB have to be enough."""
    text = PKG_INFO.decode() + "\n" + "x" * members_module.MAX_METADATA
    assert "larger than" in refusal(*make("foo", "1.0", metadata_text=text))


# Wheels


def test_a_wheel_says_what_it_is() -> None:
    """The metadata is handed on byte for byte."""
    filename, content = wheel("Foo.Bar", "1.0", "py2.py3-none-any", summary="Short")
    read_back = read(filename, content)
    assert (read_back.filetype, read_back.name, read_back.display_name) == ("bdist_wheel", "foo-bar", "Foo.Bar")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert read_back.metadata == archive.read("foo_bar-1.0.dist-info/METADATA")


class Unseekable(io.BytesIO):
    """Makes zipfile write data descriptors after the members, as streaming writers do."""

    def seekable(self) -> bool:
        return False

    def tell(self) -> int:
        raise OSError

    def seek(self, *_: int) -> int:
        raise OSError


def test_stored_members_directories_and_descriptors_are_read() -> None:
    """All of these are in wheels that real build backends make."""
    buffer = Unseekable()
    with zipfile.ZipFile(io.BytesIO(good_wheel())) as source, zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("foo/", b"")
        for number, name in enumerate(source.namelist()):
            archive.writestr(name, source.read(name), zipfile.ZIP_DEFLATED if number % 2 else zipfile.ZIP_STORED)
    assert read(WHEEL, buffer.getvalue()).name == "foo"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"omit": ["METADATA"]}, "no file METADATA"),
        ({"omit": ["WHEEL"]}, "no file WHEEL"),
        ({"omit": ["RECORD"]}, "no file RECORD"),
        ({"unrecorded_files": {"foo/evil.py": b"x"}}, "does not list these files: 'foo/evil.py'"),
        ({"unrecorded_files": {"foo/__init__.py": b"x"}}, "not what RECORD says"),
        ({"extra_files": {f"{DIST_INFO}/RECORD": b"foo/gone.py,sha256=x,1\n"}}, "'foo/gone.py'"),
        ({"extra_files": {f"{DIST_INFO}/RECORD": b"foo/__init__.py,md5=x,1\n"}}, "no SHA-256 or better"),
        ({"extra_files": {f"{DIST_INFO}/RECORD": b"foo/__init__.py,,\n"}}, "no SHA-256 or better"),
        ({"extra_files": {f"{DIST_INFO}/RECORD": b"foo/__init__.py,sha256=x,1\n" * 2}}, "more than once"),
        ({"extra_files": {f"{DIST_INFO}/RECORD": b"foo/__init__.py\n"}}, "is not a path"),
        ({"extra_files": {f"{DIST_INFO}/RECORD": b'"foo'}}, "cannot be read"),
        ({"extra_files": {f"{DIST_INFO}/RECORD": b"\xff,,"}}, "cannot be read"),
        ({"extra_files": {f"{DIST_INFO}/RECORD": b"x" * 200_000 + b",,"}}, "cannot be read"),
        ({"extra_files": {"bar-1.0.dist-info/METADATA": b""}}, "exactly one .dist-info"),
        ({"extra_files": {f"{DIST_INFO}/WHEEL": b"Wheel-Version: 1.0\nTag: py2-none-any\n"}}, "tags in WHEEL"),
        ({"extra_files": {f"{DIST_INFO}/WHEEL": b"Wheel-Version: 1.0\n"}}, "tags in WHEEL"),
        ({"extra_files": {f"{DIST_INFO}/WHEEL": b"Wheel-Version: 1.0\nTag: py3\n"}}, "tags in WHEEL"),
        ({"extra_files": {f"{DIST_INFO}/WHEEL": b"Wheel-Version: 1.0\nTag: " + b"a." * 3000 + b"a-b-c"}}, "tags in"),
        ({"extra_files": {f"{DIST_INFO}/WHEEL": b"Wheel-Version: 2.0\nTag: py3-none-any\n"}}, "Wheel-Version"),
        ({"extra_files": {f"{DIST_INFO}/WHEEL": b"Wheel-Version: 1.0\nTag: py3-none-any\nBuild: 1\n"}}, "build number"),
        ({"extra_files": {f"{DIST_INFO}/WHEEL": b"\xff"}}, "not UTF-8"),
        ({"extra_files": {"/etc/passwd": b""}}, "absolute"),
        ({"extra_files": {"foo/../../x": b""}}, "lead out"),
        ({"extra_files": {"foo/__init__.py/x": b""}}, "not a directory"),
        ({"extra_files": {"foo/a\\b": b""}}, "not plain"),
        ({"extra_files": {"d/": b"content"}}, "directory and yet has content"),
    ],
)
def test_a_wheel_that_does_not_describe_itself_is_refused(options: dict[str, Any], told: str) -> None:
    """PEP 427: one .dist-info, a complete RECORD with strong digests, and a WHEEL that fits the file's name."""
    assert told in refusal(WHEEL, good_wheel(**options))


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("bar-9.data/purelib/foo/__init__.py", "not in 'bar-9.data'"),
        ("Foo-1.0.data/purelib/foo/__init__.py", "not in 'Foo-1.0.data'"),
        ("foo-1.0.data/purelib/foo/__init__.py", "over others of the wheel"),
        (f"foo-1.0.data/platlib/{DIST_INFO}/METADATA", "another description"),
        ("foo-1.0.data/data/lib/site-packages/bar-2.0.dist-info/METADATA", "another description"),
    ],
)
def test_what_lies_elsewhere_takes_nothing_elses_place(path: str, told: str) -> None:
    """Threat: pip installs other code than uv does, or other metadata than was judged, for it lies beneath a .data."""
    assert told in refusal(WHEEL, good_wheel(extra_files={path: b"evil"}))


@pytest.mark.parametrize(
    "path",
    [
        *(f"{DIST_INFO}/Metadata", f"{DIST_INFO}/record", "foo-1.0.di\u017ft-info/METADATA"),
        *(f"{DIST_INFO}/METADATA.", f"{DIST_INFO}/METADATA::$DATA", f"{DIST_INFO}./METADATA"),
    ],
)
def test_no_other_file_describes_a_wheel_on_another_system(path: str) -> None:
    """Threat: METADATA and Metadata are one file on macOS and Windows, where the last of them is what gets installed."""
    assert "on some systems" in refusal(WHEEL, good_wheel(extra_files={path: b"evil"})).lower()


@pytest.mark.parametrize("path", ["foo-1.0/pkg-info", "foo-1.0/PKG-INFO".replace("K", "\u212a")])
@pytest.mark.parametrize("kind", [tarfile.REGTYPE, tarfile.DIRTYPE])
def test_no_other_file_describes_an_sdist_on_another_system(path: str, kind: bytes) -> None:
    """Threat: of PKG-INFO and pkg-info, which are one file on macOS and Windows, uv reads there what was not judged here."""
    assert "On some systems" in refusal(SDIST, sdist("foo", "1.0", extra_members=[bare(path, kind)])[1])


@pytest.mark.parametrize("other", ["foo/A.py", "Foo/a.py", "foo/a.PY/b.py", "foo/\u00e9.py", "foo/\u017ft.py"])
def test_no_two_files_are_one_on_another_system(other: str) -> None:
    """Threat: who reads a wheel on Linux reads one of two files, and who installs it on macOS or Windows gets the other."""
    files = {"foo/a.py": b"good", "foo/e\u0301.py": b"good", "foo/st.py": b"good"}
    assert "which do not tell case" in refusal(WHEEL, good_wheel(extra_files={**files, other: b"evil"}))
    assert read(WHEEL, good_wheel(extra_files={**files, f"foo/x{other[-2:]}": b"good"})).name == "foo"


def test_no_link_leads_out_on_another_system() -> None:
    """Threat: where case is not told, what lies beneath l lies beneath the link L, one step nearer to the way out."""
    link = bare("foo-1.0/src/L", tarfile.SYMTYPE)
    link.linkname = ".."
    below = bare("foo-1.0/src/l/M", tarfile.SYMTYPE)
    below.linkname = "../.."
    told = refusal(SDIST, sdist("foo", "1.0", extra_members=[link, below])[1])
    assert "goes through it: 'foo-1.0/src/l/M'" in told


def test_directories_may_be_spelled_twice() -> None:
    """They are merged there, and nothing is lost."""
    twice = {"foo/Data/a": b"x", "foo/data/b": b"x"}
    assert read(WHEEL, good_wheel(extra_files=twice)).name == "foo"


def test_files_for_elsewhere_are_taken() -> None:
    """PEP 427: scripts, headers and data, and what is for the one or the other library directory."""
    kinds = ("scripts/foo", "headers/foo.h", "data/share/foo", "purelib/foo/a.py", "platlib/foo/b.so")
    assert read(WHEEL, good_wheel(extra_files={f"foo-1.0.data/{path}": b"x" for path in kinds})).name == "foo"
    both = {f"foo-1.0.data/{library}/foo/a.py": b"x" for library in ("purelib", "platlib")}
    assert "over others of the wheel" in refusal(WHEEL, good_wheel(extra_files=both))


@pytest.mark.parametrize(("method", "hidden"), [(zipfile.ZIP_STORED, b"x"), (zipfile.ZIP_DEFLATED, b"\x03\0x")])
def test_a_directory_holds_nothing_unsaid(method: int, hidden: bytes) -> None:
    """Threat: a directory of size nought has bytes behind its header, where a reader that streams looks for members."""
    told = (20, 0, method, 0, 33, 0, len(hidden), 0, 2, 0)
    content = good_wheel()
    start, count = content.index(b"PK\1\2"), struct.unpack_from("<H", content, len(content) - 12)[0] + 1
    member = struct.pack("<4s5H3L2H", b"PK\3\4", *told) + b"d/" + hidden
    directory = content[start:-22] + struct.pack("<4s6H3L5H2L", b"PK\1\2", 20, *told, 0, 0, 0, 0, start) + b"d/"
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, len(directory), start + len(member), 0)
    said = refusal(WHEEL, content[:start] + member + directory + end)
    assert "Further data" in said or "size or checksum" in said


def test_a_build_number_stands_in_both_places() -> None:
    """PEP 427: the build number sorts wheels, so the one in the name must be the one inside."""
    inside = {f"{DIST_INFO}/WHEEL": b"Wheel-Version: 1.0\nTag: py3-none-any\nBuild: 2x\n"}
    assert read("foo-1.0-2x-py3-none-any.whl", good_wheel(extra_files=inside)).name == "foo"
    assert "build number" in refusal("foo-1.0-2x-py3-none-any.whl", good_wheel())


def test_signatures_need_not_be_in_record() -> None:
    """PEP 427: RECORD.jws and RECORD.p7s are made after it."""
    signatures = {f"{DIST_INFO}/RECORD.jws": b"{}", f"{DIST_INFO}/RECORD.p7s": b""}
    assert read(WHEEL, good_wheel(unrecorded_files=signatures)).name == "foo"


def altered(pattern: bytes, replacement: bytes, count: int = 1) -> bytes:
    content, times = re.subn(re.escape(pattern), lambda _: replacement, good_wheel(), count=count)
    assert times
    return content


def with_member(change: Callable[[zipfile.ZipInfo], None], content: bytes = b"") -> bytes:
    buffer = io.BytesIO(good_wheel())
    info = zipfile.ZipInfo("foo/more")
    change(info)
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr(info, content)
    return buffer.getvalue()


TO_LIBARCHIVE_A_LINK = struct.pack("<HHBHL", 0x6C78, 7, 0b101, 0x031E, 0o120777 << 16)
"""An extra field by which libarchive, and so bsdtar, takes a file for a symbolic link to what is its content."""


WITH_ANOTHER_NAME = struct.pack("<HHBL", 0x7075, 5 + len(b"foo/mine"), 1, zlib.crc32(b"foo/more")) + b"foo/mine"
"""An extra field by which Info-ZIP, and Python's zipfile from 3.13 on, call a member otherwise than its header does."""


def with_comment() -> bytes:
    buffer = io.BytesIO(good_wheel())
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.comment = b"comment"
    return buffer.getvalue()


def setter(**values: Any) -> Callable[[zipfile.ZipInfo], None]:
    def change(info: zipfile.ZipInfo) -> None:
        for name, value in values.items():
            setattr(info, name, value)

    return change


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: good_wheel() + b"x", "does not end"),
        (lambda: good_wheel() + good_wheel(), "does not fit"),
        (lambda: b"x" + good_wheel(), "does not fit"),
        (with_comment, "does not end"),
        (lambda: altered(b"foo/__init__.py", b"bar/__init__.py"), "differs"),
        (lambda: altered(b"PK\3\4\x14\0\0\0", b"PK\3\4\x14\0\1\0"), "differs"),
        (lambda: altered(b"PK\1\2\x14\3\x14\0\0\0", b"PK\1\2\x14\3\x14\0\1\0"), "encrypted"),
        (lambda: with_member(setter(compress_type=zipfile.ZIP_BZIP2)), "method other"),
        (lambda: with_member(setter(compress_type=zipfile.ZIP_LZMA)), "method other"),
        (lambda: with_member(setter(external_attr=0o120777 << 16)), "neither a file"),
        (lambda: with_member(setter(comment=b"x")), "comment"),
        (lambda: with_member(setter(external_attr=0o40755 << 16)), "a directory by its attributes"),
        (lambda: with_member(setter(external_attr=0x10, create_system=0)), "a directory by its attributes"),
        (lambda: with_member(setter(extra=WITH_ANOTHER_NAME)), "fields that some"),
        (lambda: with_member(setter(extra=TO_LIBARCHIVE_A_LINK)), "fields that some"),
        (lambda: with_member(setter(extra=struct.pack("<HH", 0x9999, 1) + b"xy\0")), "fields that some"),
        (lambda: with_member(setter(filename="foo/__init__.py")), "more than once"),
        (lambda: with_member(setter(filename="foo/a\nb")), "not plain"),
    ],
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_zip_archives_that_readers_read_differently_are_refused(make: Callable[[], bytes], told: str) -> None:
    """One archive for those who go by the directory and those who stream: no gap, no second name, no second end."""
    assert told in refusal(WHEEL, make())


def with_zip64_sizes(compressed_size: int | None = None, *, flag: int = 0, tail: bytes = b"") -> bytes:
    """Return a wheel whose first local header repeats its sizes as ZIP64 has them, as Bazel's tool for archives does."""
    content = bytearray(good_wheel())
    name_length, sizes = struct.unpack_from("<H", content, 26)[0], struct.unpack_from("<LL", content, 18)
    extra = struct.pack("<HHQQ", 1, 16, sizes[1], sizes[0] if compressed_size is None else compressed_size) + tail
    directory = content.index(b"PK\1\2")
    struct.pack_into("<H", content, 6, struct.unpack_from("<H", content, 6)[0] | flag)
    struct.pack_into("<H", content, directory + 8, struct.unpack_from("<H", content, directory + 8)[0] | flag)
    struct.pack_into("<H", content, 28, len(extra))
    entries = [match.start() + 42 for match in re.finditer(re.escape(b"PK\1\2"), content)]
    offsets = [*entries[1:], len(content) - 6]
    for offset in offsets:
        struct.pack_into("<L", content, offset, struct.unpack_from("<L", content, offset)[0] + len(extra))
    return bytes(content[: 30 + name_length] + extra + content[30 + name_length :])


def test_sizes_that_a_local_header_repeats_are_let_be() -> None:
    """What Bazel builds has them, protobuf and selenium for two; whoever goes by them reads the same."""
    assert read(WHEEL, with_zip64_sizes()).name == "foo"


@pytest.mark.parametrize(
    "make",
    [
        lambda: with_zip64_sizes(1),
        lambda: with_zip64_sizes(flag=8),
        lambda: with_zip64_sizes(tail=b"\x75\x70\x01\x00\x01"),
    ],
    ids=["other sizes", "a data descriptor follows", "a second name beside them"],
)
def test_sizes_that_readers_may_read_differently_are_refused(make: Callable[[], bytes]) -> None:
    """Which of two sizes counts, or how long the descriptor behind them is, each reader decides for itself."""
    assert "differs" in refusal(WHEEL, make())


def test_data_between_members_is_refused() -> None:
    """A member that the directory does not know is installed by a streaming reader alone."""
    content = good_wheel()
    hidden = zip_archive([("foo/evil.py", b"x")])
    local = hidden[: hidden.index(b"PK\1\2")]
    start = content.index(b"PK\1\2")
    end = bytearray(content[-22:])
    struct.pack_into("<L", end, 16, start + len(local))
    assert "not followed at once" in refusal(WHEEL, content[:start] + local + content[start:-22] + bytes(end))


def test_a_member_is_no_longer_than_it_says() -> None:
    """zipfile stops at the declared size; another reader writes the rest as well."""
    content = good_wheel()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        info = archive.getinfo("foo/__init__.py")
        size, crc = info.file_size - 1, zlib.crc32(archive.read(info)[:-1])
    old = struct.pack("<3L", info.CRC, info.compress_size, info.file_size)
    shorter = content.replace(old, struct.pack("<3L", crc, info.compress_size, size))
    assert shorter.count(struct.pack("<3L", crc, info.compress_size, size)) == 2
    assert "size or checksum" in refusal(WHEEL, shorter)


@pytest.mark.parametrize("content", [b"", b"PK", b"PK\5\6" + bytes(17), sdist("foo", "1.0")[1], b"PK\3\4" * 40])
def test_what_is_no_zip_is_refused(content: bytes) -> None:
    """Neither an sdist under a wheel's name nor anything else."""
    refusal(WHEEL, content)


def test_a_file_that_begins_as_a_tar_archive_is_refused() -> None:
    """Its first block is a local ZIP header to one reader and a tar header to another."""
    content = bytearray(good_wheel() + bytes(512))
    content[148:156] = b" " * 8
    content[100:148] = b"0" * 48
    content[329:345] = bytes(16)
    content[148:156] = b"%06o\0 " % sum(content[:512])
    assert "tar archive" in refusal(WHEEL, bytes(content))


# Whatever comes

GOOD = {SDIST: sdist("foo", "1.0")[1], WHEEL: good_wheel()}
UNPACKED = gzip.decompress(GOOD[SDIST])
EDITS = st.lists(st.tuples(st.integers(0, 10**6), st.binary(min_size=1, max_size=4)), min_size=1, max_size=4)


def edited(content: bytes, edits: list[tuple[int, bytes]]) -> bytes:
    changed = bytearray(content)
    for position, replacement in edits:
        start = position % len(changed)
        changed[start : start + len(replacement)] = replacement
    return bytes(changed)


def survive(filename: str, content: bytes) -> None:
    """Read, and let nothing but a refusal through."""
    with suppress(DistributionRefused):
        read(filename, content)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(sorted(GOOD)), EDITS, st.integers(0, 4000))
def test_damaged_files_are_read_or_refused(filename: str, edits: list[tuple[int, bytes]], cut: int) -> None:
    """Bytes overwritten, and the end cut off: whatever comes of it, no other exception does."""
    content = edited(GOOD[filename], edits)
    survive(filename, content)
    survive(filename, content[:cut])


def with_checksums(tar: bytes) -> bytes:
    """Return a tar archive with every header's checksum made to fit, as somebody who means harm would."""
    blocks = [bytearray(tar[start : start + 512]) for start in range(0, len(tar), 512)]
    for block in blocks:
        if len(block) == 512 and block[257:262] == b"ustar":
            block[148:156] = b" " * 8
            block[148:156] = b"%06o\0 " % sum(block)
    return b"".join(blocks)


@settings(max_examples=400, deadline=None)
@given(EDITS)
def test_damaged_tar_headers_are_read_or_refused(edits: list[tuple[int, bytes]]) -> None:
    """The same within the compression, where no checksum catches it first."""
    survive(SDIST, gzip.compress(with_checksums(edited(UNPACKED, edits)), 1, mtime=0))


@settings(max_examples=400, deadline=None)
@given(st.integers(0, 400), st.binary(min_size=1, max_size=4))
def test_damaged_zip_directories_are_read_or_refused(position: int, replacement: bytes) -> None:
    """The same from the end of a wheel, where its directory lies."""
    survive(WHEEL, edited(GOOD[WHEEL], [(len(GOOD[WHEEL]) - 1 - position, replacement)]))
