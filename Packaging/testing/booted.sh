# Uses the service under systemd: enable, reload, upgrade while it runs, remove, purge. Run as root in the booted system, without a network.
source /testing/checks.sh
rm -f /usr/sbin/policy-rc.d
cd /tmp
main_pid() { systemctl show -p MainPID --value "$1"; }
# The table of a daemon that gives frames says so of its source; one without sources is well, too, and gives none.
streams() { timeout 10 norface status "$@" | grep streaming; }
apt_alone() { apt-get install -y --no-install-recommends -o Dpkg::Options::=--force-confdef "$@"; }

echo "systemd $(systemctl --version | sed -n '1s/systemd \([0-9]*\).*/\1/p'), $(systemctl is-system-running)"
check "installed, and neither enabled nor running" sh -c '[ "$(systemctl is-enabled norfaced)" = disabled ] && [ "$(systemctl is-active norfaced)" = inactive ]'
systemctl start norfaced
check "started without sources it is idle, and says why" sh -c 'systemctl is-active norfaced && journalctl -u norfaced | grep -q "there is no source"'

cat >>/etc/norface/norfaced.yaml <<'END'
# Changed by its owner.
END
sed -i 's|^sources: {}|sources: {clip: {url: /clip.mp4, capture: {loop: true, realtime: true}}}|; s|^  files: {}|  files: {records: {path: "/var/lib/norface/{source}.jsonl"}}|' /etc/norface/norfaced.yaml
check "norfaced check" norfaced check /etc/norface/norfaced.yaml
check "reload" systemctl reload norfaced
check "it streams" waits 90 streams
check "systemctl enable --now" systemctl enable --now norfaced
useradd -G norface member
check "a member of the group gets records" sh -c 'setpriv --reuid member --regid member --init-groups timeout 60 norface subscribe --count 5 | grep -q "\"faces\""'
check "somebody else gets none" sh -c '! setpriv --reuid somebody --regid somebody --init-groups timeout 60 norface subscribe --count 1'
systemd-analyze security --no-pager norfaced.service | tail -n 1

cat >/etc/norface/door.yaml <<'END'
sources: {door: {url: /clip.mp4, capture: {loop: true, realtime: true}}}
END
chgrp norface /etc/norface/door.yaml
check "a daemon of its own for one camera" sh -c 'systemctl enable --now norfaced@door'
check "which streams" waits 90 streams --socket /run/norface-door/norfaced.sock

echo "-- upgrade"
before=$(main_pid norfaced) door=$(main_pid norfaced@door)
check "apt install of a newer version" apt_alone /newer/norface_*.deb /newer/norfaced_*.deb
check "the newer one is installed" sh -c 'dpkg-query -W -f "\${Version}" norfaced | grep -q newer'
check "the daemon was restarted" test "$(main_pid norfaced)" != "$before" -a "$(main_pid norfaced)" != 0
check "and the single camera's" test "$(main_pid norfaced@door)" != "$door" -a "$(main_pid norfaced@door)" != 0
check "it streams" waits 90 streams
check "its owner's configuration is there" grep -q 'Changed by its owner' /etc/norface/norfaced.yaml
check "with owner and mode" test "$(stat -c '%a %U %G' /etc/norface/norfaced.yaml)" = "640 root norface"
check "it is still enabled" systemctl is-enabled norfaced
systemctl stop norfaced norfaced@door
check "a daemon that does not run is not started by an upgrade" sh -c 'apt-get install -y --reinstall /newer/norfaced_*.deb && [ "$(systemctl is-active norfaced)" = inactive ]'
systemctl start norfaced norfaced@door

echo "-- the socket of systemd"
systemctl stop norfaced
check "norfaced.socket" sh -c 'systemctl start norfaced.socket && systemctl start norfaced'
check "it streams through it" waits 90 streams
check "an upgrade leaves the socket open and restarts the daemon" sh -c '
    before=$(systemctl show -p MainPID --value norfaced)
    apt-get install -y --reinstall /newer/norfaced_*.deb && systemctl is-active norfaced.socket norfaced &&
        [ "$(systemctl show -p MainPID --value norfaced)" != "$before" ]'
check "it streams" waits 90 streams

echo "-- remove"
check "apt remove" apt-get remove -y norfaced
check "it was stopped, with its socket and the single camera" sh -c '! pgrep -x norfaced && ! systemctl is-active norfaced.socket norfaced norfaced@door'
check "its configuration and its records are there" test -s /etc/norface/norfaced.yaml -a -s /etc/norface/door.yaml -a -s /var/lib/norface/clip.jsonl
check "the command line works without it" norface --version
check "installed again it has them" sh -c 'apt-get install -y --no-install-recommends /newer/norfaced_*.deb && grep -q "Changed by its owner" /etc/norface/norfaced.yaml'

echo "-- purge"
apt-get purge -y norfaced 2>&1 | tee /tmp/purge.log | grep '^norfaced:'
check "its configuration is gone" sh -c '! test -e /etc/norface/norfaced.yaml'
check "what its owner made is there, and named" sh -c 'test -s /etc/norface/door.yaml -a -s /var/lib/norface/clip.jsonl && grep -q "/var/lib/norface is not empty" /tmp/purge.log && grep -q "/etc/norface is not empty" /tmp/purge.log'
check "no unit, no completion, no link is left" sh -c '! find /etc/systemd /usr/lib/systemd /usr/lib/sysusers.d /usr/lib/tmpfiles.d /usr/share -name "*norfaced*" -not -path "/usr/share/norfaced*" | grep .'
rm -r /etc/norface /var/lib/norface
check "purge of the command line" apt-get purge -y norface
check "nothing of it is left" sh -c '! find /usr -name "*norface*" | grep .'
check "both come back, as new" sh -c 'apt-get install -y --no-install-recommends /packages/norface_*.deb /packages/norfaced_*.deb && norfaced check /etc/norface/norfaced.yaml'
apt-get purge -y norfaced >/dev/null 2>&1
check "purged without records it leaves nothing" sh -c '! test -e /etc/norface -o -e /var/lib/norface'
echo end
