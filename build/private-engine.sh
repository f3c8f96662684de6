#!/bin/bash
# The frame of with-engine.sh, with-podman.sh and with-rootless.sh, which source it: a folder and addresses of an engine
# of one's own, and the end of both. Its caller's name and the programs that it needs are the arguments. A caller ends with
# 77 where a program is missing or the engine does not start.
set -euo pipefail

script=$1
shift
[ "$(id -u)" = 0 ] || { echo "$script: a private engine needs root." >&2; exit 1; }
for program in "$@"; do
    command -v "$program" >/dev/null || { echo "$script: '$program' is not installed." >&2; exit 77; }
done
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
DOCKER_CONFIG=$("$here/compose-plugin.sh")
engine=$(mktemp -d /tmp/engine.XXXXXX)
export engine here script DOCKER_CONFIG
unset DOCKER_CONTEXT
export DOCKER_HOST=unix://$engine/docker.sock
# The same engine as seen from another machine: no loopback address, though it is known in its namespace alone.
export WORKTREE_HOOKS_TEST_ENGINE_ADDRESS=tcp://192.0.2.1:2375
# Tests that use an engine run only with one of their own.
export WORKTREE_HOOKS_TEST_ENGINE=$engine

made=()
clean() {
    local mount
    grep -o " $engine/[^ ]*" /proc/mounts | sort -r | while read -r mount; do umount -l "$mount"; done || true
    rm -rf "$engine"
    # Only what is as it was made.
    for mount in "${made[@]}"; do
        if [ -d "$mount" ]; then rmdir "$mount" 2>/dev/null || true; elif [ ! -s "$mount" ]; then rm -f "$mount"; fi
    done
}
trap clean EXIT

# Runs the words in namespaces of their own, and ends with their exit code.
run_apart() {
    local status=0
    unshare "$@" || status=$?
    if [ $status -ne 0 ] && [ ! -e "$engine/started" ]; then
        cat "$engine/"*.log >&2 || true
        echo "$script: the engine does not start." >&2
        status=77
    fi
    exit $status
}

# In a network of its own, with nothing but loopback.
make_network() {
    ip link set lo up
    ip address add 192.0.2.1/32 dev lo
}

# Starts a command again and again when a test ended it, as a service manager would; its process id is in a file.
keep() {
    local file=$1 log=$2 daemon=
    shift 2
    trap 'kill -TERM $daemon 2>/dev/null; wait $daemon || true; exit 0' TERM
    while true; do
        "$@" >>"$engine/$log" 2>&1 &
        daemon=$!
        echo $daemon >"$engine/$file"
        wait $daemon || true
        sleep 0.1
    done
}

# Waits until the engine answers, and gives it the images.
fill() {
    local i
    for i in $(seq 300); do
        docker version >/dev/null 2>&1 && break
        [ "$i" -lt 300 ] || return 1
        sleep 0.1
    done
    touch "$engine/started"
    "$here/engine-images.sh" >"$engine/images"
}
export -f make_network keep fill

# What Podman is to use, in files that its variables name, and nothing of the user's. Limits of resources are left out: who
# lacks CAP_SYS_RESOURCE may not raise them. The argument is for containers' control groups: enabled or disabled.
configure_podman() {
    unset CONTAINER_HOST CONTAINER_CONNECTION CONTAINERS_CONF_OVERRIDE STORAGE_DRIVER STORAGE_OPTS
    export CONTAINERS_CONF=$engine/containers.conf CONTAINERS_REGISTRIES_CONF=$engine/registries.conf
    export CONTAINERS_STORAGE_CONF=$engine/storage.conf
    cat >"$CONTAINERS_CONF" <<END
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "crun"
helper_binaries_dir = ["/usr/libexec/podman", "/usr/lib/podman"]
[containers]
log_driver = "k8s-file"
default_ulimits = []
cgroups = "$1"
[network]
network_backend = "netavark"
network_config_dir = "$engine/networks"
END
    # The registry of the tests; Docker speaks HTTP to any at localhost.
    cat >"$CONTAINERS_REGISTRIES_CONF" <<END
unqualified-search-registries = ["docker.io"]
short-name-mode = "permissive"
[[registry]]
location = "localhost:47401"
insecure = true
END
    cat >"$CONTAINERS_STORAGE_CONF" <<END
[storage]
driver = "overlay"
graphroot = "$engine/data"
runroot = "$engine/run"
END
}

# Podman has locks, sockets and caches in places that it shares with the user's own.
hide_places() {
    local place
    for place in /dev/shm /run /var/tmp /var/lib/containers; do
        [ ! -d $place ] || mount -t tmpfs -o mode=1777 tmpfs $place
    done
    # crun knows control groups of version 1 or 2, and not both side by side.
    if mountpoint --quiet /sys/fs/cgroup/unified; then umount /sys/fs/cgroup/unified; fi
}

# Podman's health checks are run by timers of systemd, which need not be here: these do in their place what is asked.
run_health_checks() {
    local id seen=' '
    while sleep 0.5; do
        for id in $(podman ps --quiet --filter health=starting); do
            case $seen in *" $id "*) continue ;; esac
            seen+="$id "
            check_health "$id" &
        done
    done
}
check_health() {
    local interval
    interval=$(podman inspect --format '{{json .Config.Healthcheck.Interval}}' "$1")
    while sleep "$(awk "BEGIN { print $interval / 1e9 }")" && podman container exists "$1"; do
        podman healthcheck run "$1" || true
    done
}

# Runs Podman's service until the shell ends, and containers as long.
keep_podman() {
    keep docker.pid podman.log podman system service --time=0 "$DOCKER_HOST" &
    keepers=$!
    run_health_checks >>"$engine/health.log" 2>&1 &
    trap 'podman rm --all --force --time 0 >/dev/null 2>&1 || true; kill -TERM $keepers || true; wait $keepers || true' EXIT
}
export -f configure_podman hide_places run_health_checks check_health keep_podman
