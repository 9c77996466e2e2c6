"""A repository with a long history: the versions of packages, committed file by file as people do, and packed as `git gc` packs."""

import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

# Libraries that sign users in, call services and keep settings, for some years each.
NPM = {
    "axios": "1.0.0 1.1.0 1.1.3 1.2.0 1.2.3 1.2.6 1.3.0 1.3.3 1.3.6 1.4.0 1.5.0 1.5.1 1.6.0 1.6.2 1.6.4 1.6.6 1.6.8 1.7.0 1.7.2 1.7.4 1.7.6 1.7.8 1.8.0 1.8.2",
    "express": "3.0.0 3.1.0 3.2.0 3.3.0 3.4.0 3.5.0 3.6.0 3.10.0 3.15.0 3.18.0 3.21.0 4.0.0 4.2.0 4.4.0 4.6.0 4.8.0 4.10.0 4.12.0 4.14.0 4.16.0 4.17.1 4.19.2",
    "jsonwebtoken": "1.0.0 2.0.0 3.0.0 3.2.0 4.0.0 4.2.0 5.0.0 5.2.0 5.4.0 5.6.0 6.0.0 7.0.0 7.2.0 7.4.0 8.0.0 8.2.0 8.4.0 8.5.1 9.0.0 9.0.2",
    "next-auth": "2.0.0 2.2.0 3.0.0 3.1.0 3.4.0 3.6.0 3.8.0 3.11.0 3.13.0 3.14.0 3.15.0 3.17.0 3.18.0 3.19.0 3.19.4 3.19.8",
    "oidc-client-ts": "2.0.0 2.0.3 2.0.6 2.2.0 2.2.2 2.2.4 2.3.0 2.4.0 2.5.0 3.0.0 3.1.0 3.2.0 3.3.0",
    "openid-client": "2.0.3 2.2.0 2.4.1 2.5.0 3.0.0 3.2.0 3.4.0 3.6.1 3.8.1 3.10.0 3.12.0 3.14.0 3.15.0 4.0.0 4.2.0 4.4.0 4.6.0 4.8.0 5.0.0 5.1.2 5.2.0 5.4.0 5.6.0",
}
PYPI = {
    "Django": "4.2 4.2.2 4.2.4 4.2.6 5.0 5.0.2 5.0.4 5.0.6 5.1 5.1.2",
    "Flask": "1.0 1.0.2 1.0.4 1.1.0 1.1.2 1.1.4 2.0.0 2.0.2 2.1.0 2.1.2 2.2.0 2.2.2 2.3.0 2.3.2 3.0.0 3.0.2",
}
# What is made of the source is published and seldom committed.
BUILT = ("/dist/", "/build/", "/umd/", "/esm/", "/cjs/", ".map", ".min.js", ".min.css")
# Files in one commit, at most.
SHARE = 2


def repository(folder, say):
    """The repository, made once."""
    done = folder / ".made"
    wanted = f"{NPM}\n{PYPI}\n{BUILT}\n{SHARE}"
    if done.exists() and done.read_text() == wanted:
        return folder / "repository"
    shutil.rmtree(folder, ignore_errors=True)
    bare = folder / "repository"
    bare.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as room:
        say("fetching the versions of packages for the history")
        archives = list(fetched(Path(room)))
        say("committing them")
        git = ["git", "-C", bare]
        subprocess.run([*git, "init", "-q", "-b", "main"], check=True)
        importer = subprocess.Popen([*git, "fast-import", "--quiet"], stdin=subprocess.PIPE)
        commit_all(archives, importer.stdin)
        importer.stdin.close()
        if importer.wait() != 0:
            sys.exit("benches/source/run: git fast-import failed")
        subprocess.run([*git, "-c", "gc.auto=0", "-c", "pack.threads=2", "repack", "-q", "-a", "-d", "-f", "--depth=50", "--window=10"], check=True)
        subprocess.run([*git, "reset", "-q", "--hard"], check=True)
    done.write_text(wanted)
    return bare


def fetched(room):
    """Name and archive of every version; those of all packages by turns, so that they grow together."""
    turns = []
    for package, versions in NPM.items():
        names = [f"{package}@{version}" for version in versions.split()]
        into = room / package
        into.mkdir()
        listed = subprocess.run(["npm", "pack", "--silent", *names], cwd=into, check=True, stdout=subprocess.PIPE, text=True)
        turns.append([(package, into / file) for file in listed.stdout.split()])
    for package, versions in PYPI.items():
        of = []
        for version in versions.split():
            into = room / package / version
            fetch = ["-q", "--disable-pip-version-check", "--no-deps", "--only-binary", ":all:", "-d", into]
            subprocess.run([sys.executable, "-m", "pip", "download", *fetch, f"{package}=={version}"], check=True)
            of.extend((package, file) for file in sorted(into.iterdir()))
        turns.append(of)
    for turn in range(max(map(len, turns))):
        yield from (of[turn] for of in turns if turn < len(of))


def commit_all(archives, out):
    """Every version as commits of some files each, written for `git fast-import`."""
    held, when = {}, 1_500_000_000
    for package, archive in archives:
        now = files(package, archive)
        before = held.get(package, {})
        changed = sorted(path for path in now.keys() | before.keys() if now.get(path) != before.get(path))
        for start in range(0, len(changed), SHARE):
            when += 3600
            message = archive.name.encode()
            out.write(b"commit refs/heads/main\ncommitter A <a@example.com> %d +0000\ndata %d\n%s\n" % (when, len(message), message))
            for path in changed[start : start + SHARE]:
                if path in now:
                    out.write(b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(now[path]), now[path]))
                else:
                    out.write(b"D %s\n" % path.encode())
        held[package] = now


def files(package, archive):
    """The files of a package, by path."""
    inside = wheel(archive) if archive.suffix == ".whl" else tarball(archive)
    named = ((f"{package}/{path}", held) for path, held in inside if path and path.isascii() and '"' not in path and ".." not in path.split("/"))
    return {path: held for path, held in named if not any(part in path for part in BUILT)}


def tarball(archive):
    with tarfile.open(archive) as packed:
        for member in packed:
            if member.isfile():
                yield "/".join(member.name.split("/")[1:]), packed.extractfile(member).read()


def wheel(archive):
    with zipfile.ZipFile(archive) as packed:
        for member in packed.infolist():
            if not member.is_dir() and ".dist-info/" not in member.filename:
                yield member.filename, packed.read(member)
