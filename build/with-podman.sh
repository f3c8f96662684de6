#!/bin/bash
# Runs a command with a Podman of its own, whose socket is asked as Docker's is, and leaves nothing behind. Everything of
# it lives in a network namespace that has nothing but loopback; NuGet packages must be restored before. The images of
# engine-images.sh and Compose v2 are there.
#
# Needs root, and Debian's packages podman, crun, netavark, aardvark-dns, catatonit, docker.io (the docker command alone), iptables
# and iproute2 besides those of engine-images.sh.
# Usage: build/with-podman.sh dotnet test --no-build tests/Worktree.Hooks.Engine.Tests
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
[ $# -gt 0 ] || { echo "usage: with-podman.sh COMMAND [ARGUMENT …]" >&2; exit 2; }
[ "$(id -u)" = 0 ] || { echo "with-podman.sh: a private Podman needs root." >&2; exit 1; }
for program in podman crun docker ip iptables unshare; do
    command -v $program >/dev/null || { echo "with-podman.sh: '$program' is not installed." >&2; exit 1; }
done
DOCKER_CONFIG=$("$here/compose-plugin.sh")
engine=$(mktemp -d /tmp/engine.XXXXXX)
export engine here DOCKER_CONFIG
unset DOCKER_CONTEXT
export DOCKER_HOST=unix://$engine/docker.sock
export WORKTREE_HOOKS_TEST_ENGINE_ADDRESS=tcp://192.0.2.1:2375
export WORKTREE_HOOKS_TEST_ENGINE=$engine
export CONTAINERS_CONF=$engine/containers.conf CONTAINERS_REGISTRIES_CONF=$engine/registries.conf
export CONTAINERS_STORAGE_CONF=$engine/storage.conf
# No limits of resources: who lacks CAP_SYS_RESOURCE may not raise them.
cat >"$CONTAINERS_CONF" <<END
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "crun"
helper_binaries_dir = ["/usr/libexec/podman", "/usr/lib/podman"]
[containers]
log_driver = "k8s-file"
default_ulimits = []
[network]
network_backend = "netavark"
network_config_dir = "$engine/networks"
END
cat >"$CONTAINERS_REGISTRIES_CONF" <<END
unqualified-search-registries = ["docker.io"]
short-name-mode = "permissive"
END
cat >"$CONTAINERS_STORAGE_CONF" <<END
[storage]
driver = "overlay"
graphroot = "$engine/data"
runroot = "$engine/run"
END

clean() {
    local mount
    grep -o " $engine/[^ ]*" /proc/mounts | sort -r | while read -r mount; do umount -l "$mount"; done || true
    rm -rf "$engine"
}
trap clean EXIT

# crun knows cgroups of version 1 or 2, and not both side by side.
# shellcheck disable=SC2016 # the inner shell fills them in
unshare --net --mount -- bash -euo pipefail -c '
    ip link set lo up
    ip address add 192.0.2.1/32 dev lo
    if mountpoint --quiet /sys/fs/cgroup/unified; then umount /sys/fs/cgroup/unified; fi
    keep_engine() {
        local daemon
        trap "kill -TERM \$daemon; wait \$daemon || true; exit 0" TERM
        while true; do
            podman system service --time=0 "$1" >>"$engine/podman.log" 2>&1 &
            daemon=$!
            echo $daemon >"$engine/$2"
            wait $daemon || true
        done
    }
    keep_engine "$DOCKER_HOST" docker.pid &
    keeper=$!
    keep_engine "$WORKTREE_HOOKS_TEST_ENGINE_ADDRESS" remote.pid &
    keepers="$keeper $!"
    trap "podman rm --all --force --time 0 >/dev/null 2>&1 || true; kill -TERM $keepers; wait $keepers || true" EXIT
    for i in $(seq 300); do
        docker version >/dev/null 2>&1 && break
        [ "$i" -lt 300 ] || { cat "$engine/podman.log" >&2; echo "with-podman.sh: the service does not start." >&2; exit 1; }
        sleep 0.1
    done
    "$here/engine-images.sh" >"$engine/images"
    "$@"' with-podman "$@"
