"""How documented commands are run that cannot be run as they stand, and why some are only read.

A command of norface or norfaced alone needs no entry: it is run in a folder that has interviews/, CLIP.mp4, FILE (a configuration) and
a running daemon. The keys are the commands exactly as they are documented, without comments.
"""

from dataclasses import dataclass, field

from documenting import installing


@dataclass
class Run:
    """The command is run, in this form."""

    command: str
    # A regular expression that its standard output must hold.
    output: str = ""
    # It is ended with SIGINT after so many seconds, unless it ends before.
    seconds: float | None = None
    is_in_root: bool = False
    # It builds something first, which --no-builds leaves out.
    builds: bool = False
    codes: set[int] = field(default_factory=lambda: {0})


@dataclass
class Words:
    """The command is not run, for this reason; what it names must exist."""

    reason: str


SYSTEM = "changes the system it runs on"
MEASURES = "measures for minutes"
CAMERA = "takes a camera"

# The example of Documentation/Cameras.md.
_INVENTORY = (
    "printf 'name,url,url_file,site,rate,fps,size,analysis.max_faces,capture.transport\\ndoor,,secrets/door,berlin,1,10,720p,3,\\n"
    "hall,rtsp://192.168.1.21/stream2,,berlin,2,5,,,udp\\n' > cameras.csv"
)

RULES: dict[str, Run | Words] = {
    "./Scripts/run [VIDEO]": Run(
        "./Scripts/run Tests/Fixtures/sample.mp4", output='^{"v":1,"source":"sample', is_in_root=True, builds=True
    ),
    "./Scripts/test": Words("is what CI has run before this"),
    "norface subscribe": Run("norface subscribe --count 3", output='^{"v":1,"event":"run"'),
    "norface watch": Run("norface watch", output="door .* s: #", seconds=5, codes={0, 130}),
    "swift build -c release --static-swift-stdlib": Words("builds everything once more"),
    "install -m 755 .build/release/norface .build/release/norfaced /usr/bin/": Run(
        'install -m 755 "$(command -v norface)" "$(command -v norfaced)" $S/usr/bin/', is_in_root=True
    ),
    "install -d /usr/share/norfaced && cp -r Models /usr/share/norfaced/": Run(
        "install -d $S/usr/share/norfaced && cp -rL Models $S/usr/share/norfaced/", is_in_root=True
    ),
    "systemd-sysusers && systemd-tmpfiles --create && chgrp norface /etc/norface/norfaced.yaml && systemctl daemon-reload": Words(
        SYSTEM
    ),
    "norface convert results/ -o tables/": Run(
        "cp out.jsonl results/ && norface convert results/ -o tables/ && rm results/out.jsonl && ls tables", output="out.csv"
    ),
    "norface subscribe | norface convert -": Run(
        "true && norface subscribe --count 9 --socket $S/run/norface/norfaced.sock | norface convert -", output="^source,seq,pts"
    ),
    "find interviews -name '*.mp4' -newer stamp -print0 | norface analyze --files-from - -o results/": Run(
        "touch -d 2000-01-01 stamp && find interviews -name '*.mp4' -newer stamp -print0"
        " | norface analyze --files-from - -o results/ && cat results/summary.csv",
        output="anna.mp4,anna.jsonl,done",
    ),
    "norface analyze photos/ --stills faces.jsonl": Run(
        "mkdir -p photos && ffmpeg -v error -y -i CLIP.mp4 -frames:v 2 photos/%d.png"
        " && norface analyze photos/ --stills faces.jsonl && cat faces.jsonl",
        output='"source":"2.png","seq":1',
    ),
    "norface analyze frames/ --image-sequence --fps 30 -o frames.jsonl": Run(
        "mkdir -p frames && ffmpeg -v error -y -i CLIP.mp4 -frames:v 4 frames/f_%04d.png"
        " && norface analyze frames/ --image-sequence --fps 30 -o frames.jsonl && cat frames.jsonl",
        output='"source":"frames","seq":3,"pts":0.100000',
    ),
    "pip install './Python[report]'": Run("$NORFACE_PYTHON -c 'import jinja2, vl_convert, norface.report'"),
    "norface export clip.jsonl --to bids --subject 01 --task talk -o derivatives/norface/": Run(
        "norface export clip.jsonl --to bids --subject 01 --task talk -o derivatives/norface/ && ls derivatives/norface", output="sub-01"
    ),
    "pip install './Python[fleet,relay]'": Run("$NORFACE_PYTHON -c 'import nats, pyarrow, yaml, norface.fleet'"),
    "norface-fleet plan cameras.csv --machines machines.csv -o plan/": Run(
        f"{_INVENTORY} && printf 'name,cores,site\\nb1,4,berlin\\n' > machines.csv && rm -rf plan"
        " && $NORFACE_PYTHON -m norface.fleet.cli plan cameras.csv --machines machines.csv -o plan/ --check norfaced",
        output="2 cameras: 2 new",
    ),
    "norface-fleet plan cameras.csv --machines 12 --cores 16 -o plan/": Run(
        f"{_INVENTORY} && rm -rf plan && $NORFACE_PYTHON -m norface.fleet.cli plan cameras.csv --machines 12 --cores 16 -o plan/"
        " && cat plan/*/norfaced.yaml",
        output='url_file: "secrets/door"',
    ),
    "v4l2-ctl --list-formats-ext -d /dev/video0": Words(CAMERA),
    "norface watch /dev/video0": Words(CAMERA),
    "socat -u UNIX-CONNECT:/run/norface/norfaced.sock -": Run(
        "socat -u UNIX-CONNECT:$S/run/norface/norfaced.sock - | head -n 3", output='^{"v":1,"event":"run"'
    ),
}
SLOW = "CI runs it, or what is like it, as a step of its own"
RULES |= {
    command: Words(SLOW)
    for command in (
        "swift build -c release --product norface",
        "./Scripts/test DaemonTests",
        "swift format format --in-place --recursive Sources Tests Package.swift",
        "swift format lint --strict --recursive Sources Tests Package.swift",
        "./Scripts/sanitize thread",
        "./Scripts/sanitize address",
        "./Scripts/sanitize undefined",
        "./Scripts/fuzz graphs 120",
        "./Scripts/check-documentation",
        "./Scripts/check-ffmpeg",
        "./Scripts/check-arm",
        "./Scripts/compare-builds BASE .build/release --daemon",
        "./Scripts/compare-builds BASE .build/release --speed",
    )
}

_BENCH = "Benchmarks/.build/release/norface-bench"
_MODEL = "$NORFACE_MODELS/front-end/face_landmark.tflite"
RULES |= {
    "swift build -c release --package-path Benchmarks": Run(
        "swift build -c release --package-path Benchmarks", is_in_root=True, builds=True
    ),
    f"{_BENCH} Models/front-end/face_landmark.tflite": Run(
        f"{_BENCH} --runs 3 {_MODEL}", output="ms", is_in_root=True, builds=True
    ),
    "swift run -c release --package-path Benchmarks norface-bench MODEL --layers": Run(
        f"swift run -c release --package-path Benchmarks norface-bench {_MODEL} --layers --runs 3", is_in_root=True, builds=True
    ),
    "swift run -c release --package-path Benchmarks norface-kernels": Words(MEASURES),
    "pip install numpy ai-edge-litert onnxruntime": Words("Tests/requirements.txt has them"),
    "python3 Benchmarks/compare.py Models/front-end/*.tflite Models/norface-s/*.onnx": Run(
        "$NORFACE_PYTHON Benchmarks/compare.py --seconds 0.2 Models/front-end/*.tflite Models/norface-s/*.onnx",
        output="face_landmark",
        is_in_root=True,
        builds=True,
    ),
    "python3 Benchmarks/peers/whole_program.py CLIP.mp4 --norface .build/release/norface"
    " --mediapipe-python .cache/peers/bin/python --landmarker face_landmarker.task": Words("takes a download of Google's"),
    "python3 Benchmarks/peers/long_run.py CLIP.mp4 --norface .build/release/norface --minutes 10": Run(
        "python3 Benchmarks/peers/long_run.py Tests/Fixtures/sample.mp4 --norface $(command -v norface) --minutes 0.3 --starts 1",
        is_in_root=True,
    ),
    "python3 Benchmarks/Tracking/joins.py PHOTOGRAPHS --norface .build/release/norface --pairs 60": Words(
        "takes photographs of people with their names"
    ),
    "python3 Benchmarks/Anonymity/anonymity.py people PHOTOGRAPHS.zip --norface .build/release/norface --style face blur box mesh": Words(
        "takes photographs of people with their names"
    ),
    "python3 Benchmarks/Anonymity/anonymity.py units CLIP... --norface .build/release/norface --style face mesh": Words(MEASURES),
    "python3 Benchmarks/Daemon/latency.py": Words(MEASURES),
    "python3 Benchmarks/Daemon/soak.py": Words(MEASURES),
    "NORFACE_MEASURE=1 swift test -c release --filter publicationIsMeasured": Words(MEASURES),
    "NORFACE_MEASURE=1 swift test --filter twoHundredCuts": Words(MEASURES),
    "NORFACE_MEASURE=1 swift test --filter killedServers": Words(MEASURES),
    "export NORFACE_PYTHON=.../python": Words("the path is the reader's"),
    "NORFACE_WRITE_CLAIMS=1 swift test -c release --filter ConformanceTests": Words("writes the list of claims anew"),
    "install -d -m 750 -g norface /etc/norface/secrets": Run("install -d -m 750 /etc/norface/secrets"),
    "install -m 640 -g norface /dev/stdin /etc/norface/secrets/door <<< 'rtsp://viewer:secret@192.168.1.20/stream2'": Run(
        "install -m 640 /dev/stdin /etc/norface/secrets/door <<< 'rtsp://viewer:secret@192.168.1.20/stream2'"
    ),
    "systemd-run -p DeviceAllow='char-video4linux rw' -p DevicePolicy=closed -p SupplementaryGroups=video"
    " -t norface watch /dev/video0": Words(CAMERA),
}
for _line in (
    "install -D -m 640 Config/norfaced.yaml /etc/norface/norfaced.yaml",
    "install -m 644 systemd/norfaced.service systemd/norfaced@.service systemd/norfaced.socket /usr/lib/systemd/system/",
    "install -m 644 systemd/norfaced.sysusers /usr/lib/sysusers.d/norfaced.conf",
    "install -m 644 systemd/norfaced.tmpfiles /usr/lib/tmpfiles.d/norfaced.conf",
):
    RULES[_line] = Run(_line, is_in_root=True)

# Commands in the running text that are run, too; of the others the words are read.
SPANS: dict[str, Run] = {
    "norface analyze interviews/ -o results/": Run(
        "norface analyze interviews/ -o results/ && norface analyze interviews/ -o results/ --resume && ls results",
        output="anna.jsonl\nanna.meta.json\nben.jsonl\nben.meta.json",
    ),
    "norface models verify": Run("norface models verify"),
    "norfaced check --print /etc/norface/norfaced.yaml": Run("norfaced check --print /etc/norface/norfaced.yaml"),
}

RULES |= {command: Words(reason) for command, reason in installing.REASONS.items()}
