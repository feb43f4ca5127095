# Runs the daemon by hand where no systemd is. Run as root in the system that it was installed in, without a network.
source /testing/checks.sh
cd /tmp

check "the user is there" getent passwd norface
check "the user may open cameras" sh -c 'id -nG norface | grep -qw video'
check "the configuration is for root and the service" test "$(stat -c '%a %U %G' /etc/norface/norfaced.yaml)" = "640 root norface"
check "secrets are for root alone" test "$(stat -c '%a %U' /etc/norface/secrets)" = "700 root"
check "the installed configuration is right" norfaced check /etc/norface/norfaced.yaml
cat >/tmp/try.yaml <<'END'
outputs: {socket: {path: /tmp/norfaced.sock}, files: {records: {path: "/var/lib/norface/{source}.jsonl"}}}
sources: {clip: {url: /clip.mp4, capture: {loop: true, realtime: true}}}
END
chmod 644 /tmp/try.yaml
setpriv --reuid norface --regid norface --init-groups norfaced run --config /tmp/try.yaml >/tmp/by-hand.log 2>&1 &
daemon=$!
check "it streams" waits 90 sh -c 'norface status --socket /tmp/norfaced.sock | grep streaming'
check "a subscriber gets records" timeout 60 sh -c 'norface subscribe --socket /tmp/norfaced.sock --count 5 | grep -q "\"faces\""'
kill -TERM "$daemon"
code=0
wait "$daemon" || code=$?
check "it stops when asked, with 0" test "$code" -eq 0
check "it wrote records" sh -c 'grep -q "\"faces\"" /var/lib/norface/clip.jsonl'
rm -f /var/lib/norface/* /tmp/try.yaml /tmp/by-hand.log
echo end
