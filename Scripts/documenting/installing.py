"""Why the commands of Documentation/Installing.md are only read: Packaging/test runs what they do in a system of its own."""

PACKAGES = "is run in a fresh system by Packaging/test"
CONTAINERS = "takes a container engine"

#: The command as it is documented, and the reason.
REASONS: dict[str, str] = {
    "apt install .build-package/bookworm/norface_*.deb": PACKAGES,
    "systemctl enable --now norfaced": PACKAGES,
    "usermod -a -G norface YOU": PACKAGES,
    "podman build --format docker -f Packaging/Containerfile -t localhost/norface --target norface .": CONTAINERS,
    "podman run --rm -v .:/data localhost/norface analyze interview.mp4 -o interview.jsonl": CONTAINERS,
    "podman build --format docker -f Packaging/Containerfile -t localhost/norfaced --target norfaced .": CONTAINERS,
    "podman build --format docker -f Packaging/Containerfile --build-arg PACKAGES=localhost/norface-packages"
    " -t localhost/norfaced --target norfaced .": CONTAINERS,
    "docker compose -f Packaging/compose.yaml up -d": CONTAINERS,
    "docker compose -f Packaging/compose.yaml run --rm records": CONTAINERS,
    "./Scripts/package": "builds everything once more",
    "./Packaging/wheel": "builds FFmpeg and everything once more, and tries the wheel itself",
    "pip install .build-package/wheel/norface-*.whl": "is run in a new environment by Packaging/wheel",
    "./Packaging/test": "makes a whole system, as root, for minutes",
    "./Packaging/elsewhere trixie jammy": "makes whole systems, as root, for minutes",
    "./Scripts/release 0.1.0 --trial": "builds everything once more",
}
