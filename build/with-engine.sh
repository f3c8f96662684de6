#!/bin/bash
# Runs a command with a Docker Engine of its own, and leaves nothing behind. The engine, its bridge, its firewall rules
# and all published ports live in a network namespace that has nothing but loopback, so they touch nothing of this
# machine; NuGet packages must be restored before. The images of engine-images.sh and Compose v2 are there.
#
# Needs root, and Debian's packages docker.io, iptables and iproute2 besides those of engine-images.sh.
# Usage: build/with-engine.sh dotnet test --no-build tests/Worktree.Hooks.Engine.Tests
set -euo pipefail

[ $# -gt 0 ] || { echo "usage: with-engine.sh COMMAND [ARGUMENT …]" >&2; exit 2; }
command=("$@")
# shellcheck source=build/private-engine.sh
source "$(dirname "$0")/private-engine.sh" with-engine.sh dockerd docker ip iptables unshare

# shellcheck disable=SC2016 # the inner shell fills them in
run_apart --net -- bash -euo pipefail -c '
    make_network
    keep docker.pid dockerd.log dockerd --data-root "$engine/data" --exec-root "$engine/exec" \
        --pidfile "$engine/dockerd.pid" -H "$DOCKER_HOST" -H "$WORKTREE_HOOKS_TEST_ENGINE_ADDRESS" --tls=false &
    keeper=$!
    trap "docker ps -q | xargs -r docker kill >/dev/null 2>&1 || true; kill -TERM $keeper || true; wait $keeper || true" EXIT
    fill
    "$@"' with-engine "${command[@]}"
