#!/usr/bin/env python3
"""Writes the bill of materials of a release (CycloneDX 1.6, JSON): Packaging/sbom.py --packages FOLDER --output FILE

What is listed: the packages by hash; the Swift packages that are compiled in, by the commits of Package.resolved;
what comes with them in C; Swift's runtime; the networks by hash; and the Debian packages that are installed beside,
by the versions of the machine that packed. Nothing is taken from the network. The file is checked against CycloneDX's
schema before it is written. The same input gives the same bytes.

Needs Packaging/requirements.txt. Exit codes: 0 done; 64 wrong usage; 66 a file is missing; 70 the result is not
valid; 73 it cannot be written.
"""

from __future__ import annotations

import argparse
import datetime
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import tarfile
import uuid
from pathlib import Path

from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, Property, XsUri
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.model.license import DisjunctiveLicense
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

ROOT = Path(__file__).resolve().parent.parent
#: Licences of the Swift packages; one that is not listed here stops the release, so that nobody's is guessed.
SWIFT_LICENCES = {
    "swift-argument-parser": "Apache-2.0",
    "swift-atomics": "Apache-2.0",
    "swift-collections": "Apache-2.0",
    "swift-log": "Apache-2.0",
    "swift-nio": "Apache-2.0",
    "swift-system": "Apache-2.0",
    "yams": "MIT",
}
#: C sources inside of Swift packages: name, licence, where they lie.
INSIDE = [("llhttp", "MIT", "swift-nio, CNIOLLHTTP"), ("libyaml", "MIT", "Yams, CYaml")]
RUNTIME = [
    ("swift-standard-library", "Apache-2.0"),
    ("swift-corelibs-libdispatch", "Apache-2.0"),
    ("swift-foundation", "Apache-2.0"),
    ("swift-foundation-icu", "Unicode-3.0"),
]
MODEL_LICENCES = {"front-end": "Apache-2.0", "norface-faces": "MIT", "norface-s": "MIT"}
LEARNED = {
    "front-end": "see MediaPipe's model cards",
    "norface-faces": "Models/norface-faces/LICENSE: rendered heads; photographs for research",
    "norface-s": "Models/norface-s/LICENSE: rendered heads; FER2013 and photographs, for research",
}


class Missing(Exception):
    """Something that the bill needs is not there, or is not known."""


def digest(data: bytes) -> list[HashType]:
    """SHA-256 as CycloneDX wants it."""
    return [HashType(alg=HashAlgorithm.SHA_256, content=hashlib.sha256(data).hexdigest())]


def licence(name: str) -> list[DisjunctiveLicense]:
    """A licence by its SPDX name."""
    return [DisjunctiveLicense(id=name)]


def note(name: str, value: str) -> Property:
    """A property of ours."""
    return Property(name=f"norface:{name}", value=value)


def swift_packages() -> list[Component]:
    """The Swift packages that are compiled in, what lies inside of them, and Swift's runtime."""
    pins = json.loads((ROOT / "Package.resolved").read_text())["pins"]
    out = []
    for pin in pins:
        name, state = pin["identity"], pin["state"]
        if name not in SWIFT_LICENCES:
            raise Missing(f"Package.resolved: the licence of {name} is not known: look it up, for here and debian/copyright")
        place = re.sub(r"^https://|\.git$", "", pin["location"])
        namespace, _, last = place.rpartition("/")
        out.append(
            Component(
                name=last,
                version=state["version"],
                type=ComponentType.LIBRARY,
                bom_ref=f"swift:{name}",
                purl=PackageURL("swift", namespace, last, state["version"]),
                licenses=licence(SWIFT_LICENCES[name]),
                external_references=[ExternalReference(type=ExternalReferenceType.VCS, url=XsUri(pin["location"]))],
                properties=[note("commit", state["revision"]), note("linked", "statically")],
            )
        )
    for name, terms, inside in INSIDE:
        out.append(
            Component(
                name=name,
                type=ComponentType.LIBRARY,
                bom_ref=f"inside:{name}",
                licenses=licence(terms),
                properties=[note("inside", inside)],
            )
        )
    told = subprocess.run(["swift", "--version"], capture_output=True, text=True, check=True).stdout
    version = re.search(r"Swift version ([0-9.]+)", told)
    if not version:
        raise Missing("swift --version does not name a version")
    for name, terms in RUNTIME:
        out.append(
            Component(
                name=name,
                version=version[1],
                type=ComponentType.LIBRARY,
                bom_ref=f"runtime:{name}",
                licenses=licence(terms),
                properties=[note("linked", "statically")],
            )
        )
    return out


def control(package: Path, field: str) -> str:
    """A field of a Debian package."""
    return subprocess.run(["dpkg-deb", "-f", package, field], capture_output=True, text=True, check=True).stdout.strip()


def debian(packages: list[Path], release: str) -> list[Component]:
    """The packages that are installed beside, as they are on the machine that packed."""
    own = {control(package, "Package") for package in packages}
    wanted = {
        match[1]: dependency.strip()
        for package in packages
        for dependency in control(package, "Depends").split(",")
        if (match := re.match(r"\s*([a-z0-9.+-]+)", dependency)) and match[1] not in own
    }
    out = []
    for name, dependency in sorted(wanted.items()):
        told = subprocess.run(
            ["dpkg-query", "-W", "-f", "${Version} ${Architecture}", name], capture_output=True, text=True, check=False
        )
        version, architecture = told.stdout.split() if told.returncode == 0 and told.stdout.strip() else ("", "")
        place = {"distro": release} | ({"arch": architecture} if architecture else {})
        out.append(
            Component(
                name=name,
                version=version or None,
                type=ComponentType.LIBRARY,
                bom_ref=f"deb:{name}",
                scope=ComponentScope.REQUIRED,
                purl=PackageURL("deb", "debian", name, version or None, place),
                properties=[note("depends", dependency), note("shipped", "no: installed by apt beside it")],
            )
        )
    return out


def models(package: Path) -> list[Component]:
    """The networks as they lie in the package."""
    listing = subprocess.run(["dpkg-deb", "--fsys-tarfile", package], capture_output=True, check=True).stdout
    out = []
    with tarfile.open(fileobj=io.BytesIO(listing)) as tar:
        for member in sorted(tar.getmembers(), key=lambda member: member.name):
            path = Path(member.name)
            if path.suffix not in (".onnx", ".tflite"):
                continue
            data, folder = tar.extractfile(member).read(), path.parent.name
            out.append(
                Component(
                    name=f"{folder}/{path.name}",
                    type=ComponentType.MACHINE_LEARNING_MODEL,
                    bom_ref=f"model:{folder}/{path.name}",
                    hashes=digest(data),
                    licenses=licence(MODEL_LICENCES[folder]),
                    properties=[note("learned-from", LEARNED[folder]), note("bytes", str(len(data)))],
                )
            )
    if not out:
        raise Missing(f"{package} holds no networks")
    return out


def bill(folder: Path) -> str:
    """The whole bill, as JSON."""
    packages = sorted(folder.glob("*.deb"))
    command_line = next((package for package in packages if control(package, "Package") == "norface"), None)
    if command_line is None:
        raise Missing(f"{folder} holds no norface_*.deb")
    version = control(command_line, "Version")
    told = re.search(r"(?m)^VERSION_CODENAME=(\w+)", Path("/etc/os-release").read_text())
    release = told[1] if told else "unknown"
    bom = Bom(serial_number=uuid.uuid5(uuid.NAMESPACE_URL, f"https://github.com/norface/norfaced/{version}"))
    epoch = int(os.environ.get("SOURCE_DATE_EPOCH") or 0) or int(command_line.stat().st_mtime)
    bom.metadata.timestamp = datetime.datetime.fromtimestamp(epoch, datetime.UTC)
    root = Component(
        name="norfaced", version=version, type=ComponentType.APPLICATION, bom_ref="norfaced", licenses=licence("MIT")
    )
    bom.metadata.component = root
    parts = swift_packages() + models(command_line) + debian(packages, release)
    for package in packages:
        parts.append(
            Component(
                name=package.name,
                version=version,
                type=ComponentType.FILE,
                bom_ref=f"file:{package.name}",
                hashes=digest(package.read_bytes()),
                licenses=licence("MIT"),
            )
        )
    for part in parts:
        bom.components.add(part)
    bom.register_dependency(root, parts)
    text = JsonV1Dot6(bom).output_as_string(indent=2)
    if error := JsonStrictValidator(SchemaVersion.V1_6).validate_str(text):
        raise ValueError(str(error)[:500])
    return text + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="Packaging/sbom.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--packages", type=Path, required=True, help="folder of the .deb files")
    parser.add_argument("--output", type=Path, required=True, help="the file to write")
    try:
        options = parser.parse_args()
    except SystemExit as stop:
        return 64 if stop.code else 0
    try:
        text = bill(options.packages)
    except (Missing, FileNotFoundError, subprocess.CalledProcessError) as error:
        print(f"sbom: {error}", file=sys.stderr)
        return 66
    except ValueError as error:
        print(f"sbom: not valid: {error}", file=sys.stderr)
        return 70
    try:
        options.output.write_text(text)
    except OSError as error:
        print(f"sbom: {error}", file=sys.stderr)
        return 73
    return 0


if __name__ == "__main__":
    sys.exit(main())
