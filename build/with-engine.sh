#!/bin/bash
# Runs a command with a Docker Engine of its own, and leaves nothing behind. The engine, its bridge, its firewall rules
# and all published ports live in a network namespace that has nothing but loopback, so they touch nothing of this
# machine; NuGet packages must be restored before. The images of engine-images.sh and Compose v2 are there.
#
# Needs root, and Debian's packages docker.io, iptables and iproute2 besides those of engine-images.sh.
# Usage: build/with-engine.sh dotnet test --no-build tests/Worktree.Hooks.Engine.Tests
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
[ $# -gt 0 ] || { echo "usage: with-engine.sh COMMAND [ARGUMENT …]" >&2; exit 2; }
[ "$(id -u)" = 0 ] || { echo "with-engine.sh: a private engine needs root." >&2; exit 1; }
for program in dockerd docker ip iptables unshare; do
    command -v $program >/dev/null || { echo "with-engine.sh: '$program' is not installed." >&2; exit 1; }
done
DOCKER_CONFIG=$("$here/compose-plugin.sh")
engine=$(mktemp -d /tmp/engine.XXXXXX)
export engine here DOCKER_CONFIG
unset DOCKER_CONTEXT
export DOCKER_HOST=unix://$engine/docker.sock
# The same engine as seen from another machine: no loopback address, though it is known in its namespace alone.
export WORKTREE_HOOKS_TEST_ENGINE_ADDRESS=tcp://192.0.2.1:2375
# Tests that use an engine run only with one of their own.
export WORKTREE_HOOKS_TEST_ENGINE=$engine

clean() {
    local mount
    grep -o " $engine/[^ ]*" /proc/mounts | sort -r | while read -r mount; do umount -l "$mount"; done || true
    rm -rf "$engine"
}
trap clean EXIT

# The engine is started again when a test ended it, as a service manager would.
# shellcheck disable=SC2016 # the inner shell fills them in
unshare --net -- bash -euo pipefail -c '
    ip link set lo up
    ip address add 192.0.2.1/32 dev lo
    keep_engine() {
        local daemon
        trap "kill -TERM \$daemon; wait \$daemon || true; exit 0" TERM
        while true; do
            dockerd --data-root "$engine/data" --exec-root "$engine/exec" --pidfile "$engine/docker.pid" \
                -H "$DOCKER_HOST" -H "$WORKTREE_HOOKS_TEST_ENGINE_ADDRESS" --tls=false >>"$engine/dockerd.log" 2>&1 &
            daemon=$!
            wait $daemon || true
        done
    }
    keep_engine &
    keeper=$!
    trap "docker ps -q | xargs -r docker kill >/dev/null 2>&1 || true; kill -TERM $keeper; wait $keeper || true" EXIT
    for i in $(seq 300); do
        docker version >/dev/null 2>&1 && break
        [ "$i" -lt 300 ] || { cat "$engine/dockerd.log" >&2; echo "with-engine.sh: the engine does not start." >&2; exit 1; }
        sleep 0.1
    done
    "$here/engine-images.sh" >"$engine/images"
    "$@"' with-engine "$@"
