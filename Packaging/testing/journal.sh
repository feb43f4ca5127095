# What the service's journal says while a camera comes and goes, a disk is full, a reload has a mistake, the program stands still and crashes: all that
# an operator must know, and not one line more. Run as root in the booted system, without a network. Takes ffmpeg, which is the camera.
source /testing/checks.sh
cd /tmp
apt-get install -y --no-install-recommends /packages/norface_*.deb /packages/norfaced_*.deb >/dev/null 2>&1

began=@$(date +%s)
unit_journal() { journalctl --sync && journalctl --quiet --no-pager -u norfaced --since "$began" -o cat "$@"; }
says() { unit_journal | grep -q -e "$1"; }
counted() { unit_journal | grep -c -e "$1" || true; }
# How many records a file has by now.
records() { wc -l <"/var/lib/norface/$1.jsonl"; }
# grows SOURCE RECORDS: waits for so many more.
grows() {
    local before
    before=$(records "$1")
    waits 120 sh -c "test \$(wc -l <'/var/lib/norface/$1.jsonl') -gt $((before + $2))"
}
camera() {
    systemd-run --quiet --collect --unit camera -p Restart=always -p RestartSec=1 \
        ffmpeg -nostdin -v error -re -stream_loop -1 -i /clip.mp4 -c copy -f mpegts -listen 1 http://127.0.0.1:8090/live.ts
}

mkdir -p /var/lib/norface/full /run/systemd/system/norfaced.service.d
mount -t tmpfs -o size=64k,mode=0750,uid=norface,gid=norface tmpfs /var/lib/norface/full
printf '[Service]\nWatchdogSec=6\nRestartSec=1\n' >/run/systemd/system/norfaced.service.d/journal.conf
cat >/etc/norface/norfaced.yaml <<'END_OF_FILE'
outputs:
  files:
    records: {path: "/var/lib/norface/{source}.jsonl"}
    small: {path: "/var/lib/norface/full/{source}.jsonl", sources: [clip], queue: 64KiB}
capture: {reconnect_limit: 2s}
# Little to do: what is looked at is the journal, also on a machine with other work.
analysis: {max_rate: 5}
sources:
  clip: {url: /clip.mp4, capture: {loop: true, realtime: true}}
  door: {url: "http://127.0.0.1:8090/live.ts"}
END_OF_FILE
systemctl daemon-reload
camera

echo "-- a clip and a camera"
# Many systems give less, and then libssh, which libavformat brings, would complain: the unit asks for what it takes.
check "the system's own limit of locked memory is none here" test "$(systemctl show -p DefaultLimitMEMLOCK --value)" = 0
check "it starts" systemctl start norfaced
check "both stream" waits 90 sh -c 'test "$(norface status | grep -c streaming)" = 2'
check "both are written" waits 60 test -s /var/lib/norface/clip.jsonl -a -s /var/lib/norface/door.jsonl
systemctl stop camera
check "a camera that goes is told" waits 60 says 'next attempt in .* (source=door)'
sleep 8
check "once, and not at each attempt" test "$(counted 'next attempt in .* (source=door)')" -le 2
camera
check "and that it came back" waits 60 says 'gives frames again after .* (source=door)'
check "its records go on" grows door 5

echo "-- a full disk"
check "a full disk is told" waits 60 says 'does not work: .*space.*(output=.*/full/clip.jsonl)'
check "once" test "$(counted 'does not work: .*(output=.*/full/clip.jsonl)')" = 1
check "the other file goes on meanwhile, beyond what the full one lets wait" grows clip 90
mount -o remount,size=32m /var/lib/norface/full
check "and that it works again, and what was lost" waits 60 says 'works again; [0-9]* records were lost (output=.*/full/clip.jsonl)'
check "the records tell of the loss, too" waits 30 grep -q '"dropped":[1-9]' /var/lib/norface/full/clip.jsonl

echo "-- a reload with a mistake"
cp /etc/norface/norfaced.yaml /tmp/right.yaml
sed -i 's/realtime/realtme/' /etc/norface/norfaced.yaml
systemctl reload norfaced
check "a mistake is told with its line" waits 60 says 'not reloaded: .*norfaced.yaml:[0-9]*: .*realtme.*did you mean'
check "and changes nothing" grows clip 5
cp /tmp/right.yaml /etc/norface/norfaced.yaml
check "put right it is taken" sh -c 'systemctl reload norfaced && systemctl is-active norfaced'
check "which is told" waits 60 says '^reloaded'

echo "-- it stands still, and crashes"
kill -STOP "$(systemctl show -p MainPID --value norfaced)"
check "the watchdog ends what stands still" waits 60 says 'status=9/KILL'
check "and it is started again" waits 90 sh -c 'test "$(norface status | grep -c streaming)" = 2'
check "the records go on" grows clip 5
kill -SEGV "$(systemctl show -p MainPID --value norfaced)"
check "a crash is told" waits 60 says 'status=11/SEGV'
check "and it is started again" waits 90 sh -c 'test "$(norface status | grep -c streaming)" = 2'
check "no line of a file is torn" sh -c '! grep -v -e "^{.*}$" /var/lib/norface/clip.jsonl /var/lib/norface/door.jsonl /var/lib/norface/full/clip.jsonl | grep .'
check "it stops" systemctl stop norfaced
check "and says so" says '^stopped$'

echo "-- every line of the journal"
unit_journal >/tmp/journal
echo "$(wc -l </tmp/journal) lines, of which the program wrote $(unit_journal _COMM=norfaced | wc -l)"
check "nothing of libdispatch's, of threads' priorities" sh -c '! grep -i -e dispatch -e priorit /tmp/journal'
check "nothing of insecure memory" sh -c '! grep -i "insecure memory" /tmp/journal'
check "nothing but what is known" sh -c '! grep -v -E -f /testing/journal.known /tmp/journal'
unit_journal -p err _COMM=norfaced >/tmp/errors
check "errors are marked as such, and nothing else is" sh -c '
    test "$(wc -l </tmp/errors)" = "$(grep -c -e "^does not work:" -e "^not reloaded:" /tmp/errors)" -a -s /tmp/errors'
systemctl stop camera
umount /var/lib/norface/full
cp /tmp/journal /testing/journal.log
echo end
