#!/bin/bash
# Runs a command with a Podman of its own, whose socket is asked as Docker's is, and leaves nothing behind. Everything of
# it lives in a network namespace that has nothing but loopback; NuGet packages must be restored before. The images of
# engine-images.sh and Compose v2 are there.
#
# Needs root, and Debian's packages podman, crun, netavark, aardvark-dns, catatonit, docker.io (the docker command alone),
# iptables and iproute2 besides those of engine-images.sh.
# Usage: build/with-podman.sh dotnet test --no-build tests/Worktree.Hooks.Engine.Tests
set -euo pipefail

[ $# -gt 0 ] || { echo "usage: with-podman.sh COMMAND [ARGUMENT …]" >&2; exit 2; }
command=("$@")
# shellcheck source=build/private-engine.sh
source "$(dirname "$0")/private-engine.sh" with-podman.sh podman crun catatonit docker ip iptables mountpoint unshare
configure_podman enabled

# shellcheck disable=SC2016 # the inner shell fills them in
run_apart --net --mount --pid --fork --kill-child --mount-proc -- bash -euo pipefail -c '
    make_network
    hide_places
    keep_podman
    keep remote.pid podman.log podman system service --time=0 "$WORKTREE_HOOKS_TEST_ENGINE_ADDRESS" &
    keepers+=" $!"
    fill
    "$@"' with-podman "${command[@]}"
