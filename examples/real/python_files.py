"""Works with files the way Python programs do, and prints what came of it.

Nothing printed depends on the host, the clock or the filesystem below, so the output is the same in memory and in a
host directory. The only argument is the directory to work in.
"""

import filecmp
import glob
import hashlib
import io
import os
import shutil
import sqlite3
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

root = Path(sys.argv[1] if len(sys.argv) > 1 else "/tmp/python")


def report(what, detail):
    print(f"{what:<10} {detail}")


def tree(directory):
    """Every file below the directory, in order of its path, with its length."""
    found = []
    for parent, _, files in os.walk(directory):
        for name in files:
            path = Path(parent, name)
            found.append((str(path.relative_to(directory)), path.stat().st_size))
    return sorted(found, key=lambda item: item[0].split("/"))


def create():
    for floor in range(1, 5):
        for room in range(1, 4):
            directory = root / "inn" / f"floor-{floor}" / f"room-{floor}0{room}"
            directory.mkdir(parents=True)
            (directory / "guests.txt").write_text(f"room {floor}0{room}\n" * floor * room)
            (directory / "key.bin").write_bytes(hashlib.sha256(directory.name.encode()).digest() * 300)
    found = tree(root)
    report("created", f"{len(found)} files, {sum(size for _, size in found)} bytes")


def change():
    inn = root / "inn"
    os.rename(inn / "floor-1" / "room-103", inn / "floor-2" / "suite")
    os.replace(inn / "floor-2" / "suite" / "guests.txt", inn / "floor-3" / "room-301" / "guests.txt")
    os.link(inn / "floor-4" / "room-401" / "key.bin", inn / "master.bin")
    os.symlink("floor-2/suite", inn / "best")
    with open(inn / "master.bin", "r+b") as file:
        file.seek(100)
        file.write(b"changed through the other name")
        file.truncate(5000)
    same = os.path.samefile(inn / "master.bin", inn / "floor-4" / "room-401" / "key.bin")
    links = os.stat(inn / "master.bin").st_nlink
    report("changed", f"hard link {same} with {links} names, symlink to {os.readlink(inn / 'best')}")
    report("listed", " ".join(f"{entry.name}{'@' if entry.is_symlink() else '/' if entry.is_dir() else ''}"
                              for entry in sorted(os.scandir(inn), key=lambda entry: entry.name)))
    os.utime(inn / "master.bin", ns=(1_000_000_000_000_000_000, 1_234_567_890_987_654_321))
    report("times", f"{os.stat(inn / 'master.bin').st_mtime_ns}")


def expect(error, action):
    try:
        action()
    except OSError as raised:
        return type(raised) is error
    return False


def mistakes():
    answers = [
        expect(FileNotFoundError, lambda: open(root / "missing")),
        expect(FileExistsError, lambda: open(root / "inn" / "master.bin", "x")),
        expect(FileExistsError, lambda: os.mkdir(root / "inn")),
        expect(IsADirectoryError, lambda: open(root / "inn", "w")),
        expect(NotADirectoryError, lambda: os.listdir(root / "inn" / "master.bin")),
        expect(OSError, lambda: os.rmdir(root / "inn")),
        expect(FileNotFoundError, lambda: os.stat(root / "missing" / ".." / "inn")),
    ]
    report("mistakes", f"{sum(answers)} of {len(answers)} answered rightly")


def archive():
    with tarfile.open(root / "inn.tar.gz", "w:gz") as tar:
        tar.add(root / "inn", "inn")
    with zipfile.ZipFile(root / "inn.zip", "w", zipfile.ZIP_DEFLATED) as zip_file:
        for name, _ in tree(root / "inn"):
            zip_file.write(root / "inn" / name, name)
    with tarfile.open(root / "inn.tar.gz") as tar:
        members = tar.getmembers()
        tar.extractall(root / "from-tar")
    with zipfile.ZipFile(root / "inn.zip") as zip_file:
        bad = zip_file.testzip()
        zip_file.extractall(root / "from-zip")
    hard = sum(member.islnk() for member in members)
    soft = sum(member.issym() for member in members)
    report("archived", f"{len(members)} members in the tar, {hard} hard and {soft} symbolic link, zip errors: {bad}")
    digest = hashlib.sha256()
    for name, _ in tree(root / "inn"):
        for copy in ("from-tar/inn", "from-zip"):
            if not filecmp.cmp(root / "inn" / name, root / copy / name, shallow=False):
                report("differs", f"{copy}/{name}")
        digest.update((root / "inn" / name).read_bytes())
    report("extracted", f"sha256 {digest.hexdigest()}")


def database():
    path = root / "inn.db"
    with sqlite3.connect(path) as db:
        mode = db.execute("PRAGMA journal_mode = DELETE").fetchone()[0]
        db.execute("CREATE TABLE guests (room INTEGER, name TEXT, nights INTEGER)")
        db.executemany("INSERT INTO guests VALUES (?, ?, ?)",
                       ((100 + index % 12, f"guest {index}", index % 7) for index in range(2000)))
        db.execute("CREATE INDEX by_room ON guests (room)")
    try:
        with db:
            db.execute("DELETE FROM guests WHERE room < 108")
            during = os.path.exists(f"{path}-journal")
            raise KeyError("changed our mind")
    except KeyError:
        pass
    count, nights = db.execute("SELECT count(*), sum(nights) FROM guests").fetchone()
    after = os.path.exists(f"{path}-journal")
    report("database", f"{mode} journal there in the transaction {during}, after it {after}")
    copy = sqlite3.connect(root / "copy.db")
    db.backup(copy)
    for connection in (db, copy):
        connection.execute("VACUUM")
        check = connection.execute("PRAGMA integrity_check").fetchone()[0]
        report("rows", f"{count} guests, {nights} nights, integrity {check}")
        connection.close()


def temporary():
    with tempfile.TemporaryDirectory(dir=root) as directory, tempfile.TemporaryFile(dir=directory) as file:
        with io.TextIOWrapper(file, write_through=True) as text:
            text.write("a line\n" * 1000)
            text.seek(0)
            report("temporary", f"{sum(1 for _ in text)} lines in a file without a name")
    report("glob", " ".join(os.path.relpath(path, root) for path in sorted(glob.glob(f"{root}/**/suite/*", recursive=True))))


def delete():
    shutil.copytree(root / "inn", root / "copied", symlinks=True)
    count = len(list(root.rglob("*")))
    shutil.rmtree(root)
    report("deleted", f"{count} entries, something left: {root.exists()}")


print("Python", sys.version.split()[0], "with SQLite", sqlite3.sqlite_version)
for step in (create, change, mistakes, archive, database, temporary, delete):
    step()
