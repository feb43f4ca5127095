# What the tests of packages share: sourced, not run.

passed=0 failed=0

# check WHAT COMMAND...: runs a command quietly; what it said is shown when it fails.
check() {
    local what=$1 said code=0
    shift
    said=$("$@" 2>&1 </dev/null) || code=$?
    if [ "$code" -eq 0 ]; then
        printf 'ok      %s\n' "$what"
        passed=$((passed + 1))
    else
        printf 'FAILED  %s (exit code %d)\n' "$what" "$code"
        printf '%s\n' "$said" | tail -n 20 | sed 's/^/        /'
        failed=$((failed + 1))
    fi
}

# fails WITH COMMAND...: succeeds when the command ends with that exit code.
fails() {
    local code=0 expected=$1
    shift
    "$@" || code=$?
    [ "$code" -eq "$expected" ] || {
        echo "ends with $code, and not with $expected"
        return 1
    }
}

# waits SECONDS COMMAND...: succeeds as soon as the command does, within so many seconds.
waits() {
    local end=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "$SECONDS" -lt "$end" ] || {
            "$@"
            return
        }
        sleep 0.2
    done
}

# count_checks LOG: adds the checks of another run.
count_checks() {
    # grep ends with 1 when it counts none.
    passed=$((passed + $(grep -c '^ok ' "$1" || true))) failed=$((failed + $(grep -c '^FAILED ' "$1" || true)))
}

# in_system FOLDER COMMAND...: runs a command in a chroot, with /proc, and services not started.
in_system() {
    local folder=$1
    shift
    printf '#!/bin/sh\nexit 101\n' >"$folder/usr/sbin/policy-rc.d"
    chmod +x "$folder/usr/sbin/policy-rc.d"
    unshare --mount --pid --fork --kill-child sh -c '
        mount -t proc proc "$0/proc" && mount -t tmpfs tmpfs "$0/run" && mount --rbind /dev "$0/dev" && folder=$0 &&
            DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 HOME=/root exec chroot "$folder" "$@"' "$folder" "$@"
}

# in_system_alone FOLDER COMMAND...: the same without a network.
in_system_alone() {
    unshare --net bash -c 'source "$0"; in_system "$@"' "${BASH_SOURCE[0]}" "$@"
}

# check_chroot FOLDER SCRIPT USER: runs a script of checks in a chroot without a network, shows and counts what it says.
check_chroot() {
    local log
    log=$(mktemp)
    in_system_alone "$1" setpriv --reuid "$3" --regid "$3" --init-groups env HOME=/tmp bash "/$2" >"$log" 2>&1 </dev/null || true
    cat "$log"
    count_checks "$log"
    check "$2 came to its end" grep -qx 'end' "$log"
    rm -f "$log"
}
