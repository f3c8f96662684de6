#!/bin/bash
# Runs a command as a user without root's rights, who has a rootless engine of their own, Docker's or Podman, and leaves
# nothing behind. Engine and command live in a network namespace that has nothing but loopback; NuGet packages must be
# restored before. The images of engine-images.sh and Compose v2 are there; the user reads this folder and may not write
# to it.
#
# Needs root, which it gives up, and Debian's packages slirp4netns, uidmap and, for Docker, rootlesskit besides those of
# with-engine.sh or with-podman.sh.
# Usage: build/with-rootless.sh docker dotnet test tests/Worktree.Hooks.Engine.Tests/bin/Debug/net10.0/Worktree.Hooks.Engine.Tests.dll
set -euo pipefail

kind=${1-}
case $kind in
    docker) programs=(dockerd dockerd-rootless.sh rootlesskit iptables) ;;
    podman) programs=(podman crun catatonit) ;;
    *) echo "usage: with-rootless.sh docker|podman COMMAND [ARGUMENT …]" >&2; exit 2 ;;
esac
shift
[ $# -gt 0 ] || { echo "usage: with-rootless.sh $kind COMMAND [ARGUMENT …]" >&2; exit 2; }
command=("$@")
PATH=$PATH:/usr/share/docker.io/contrib
# shellcheck source=build/private-engine.sh
source "$(dirname "$0")/private-engine.sh" with-rootless.sh "${programs[@]}" slirp4netns newuidmap docker ip mountpoint setpriv unshare
configure_podman disabled

user=43210
packages=${NUGET_PACKAGES:-$HOME/.nuget/packages}
cache=${XDG_CACHE_HOME:-$HOME/.cache}/worktree-hooks
export kind user packages cache PATH WORKTREE_HOOKS_TEST_ENGINE_ROOTLESS=1
unset WORKTREE_HOOKS_TEST_ENGINE_ADDRESS NUGET_PACKAGES XDG_CACHE_HOME
chmod 755 "$engine"
# The user may not make them: their files have owners.
"$here/engine-images.sh" --make "$cache/engine-images"
for file in /etc/subuid /etc/subgid /dev/net; do
    [ -e $file ] && continue
    made+=("$file")
    if [ $file = /dev/net ]; then mkdir $file; else touch $file; fi
done
mkdir -p "$cache" "$engine"/{home/.nuget/packages,home/.cache/worktree-hooks,run,data,networks,checkout,docker}
touch "$engine"/{passwd,group,ids,docker.pid,dockerd.log,podman.log,health.log,images}

# Who the user is, and which further ids are theirs (subuid(5)): in this namespace alone.
make_user() {
    { cat /etc/passwd; echo "rootless:x:$user:$user::$engine/home:/bin/bash"; } >"$engine/passwd"
    { cat /etc/group; echo "rootless:x:$user:"; } >"$engine/group"
    echo "rootless:1000000:65536" >"$engine/ids"
    mount --bind "$engine/passwd" /etc/passwd
    mount --bind "$engine/group" /etc/group
    local file
    for file in /etc/subuid /etc/subgid; do
        mount --bind "$engine/ids" $file
    done
    cp -rL "$DOCKER_CONFIG/." "$engine/docker"
    chown -R "$user:$user" "$engine"
    mount --bind "$here/.." "$engine/checkout"
    mount -o remount,bind,ro "$engine/checkout"
    mount --bind "$packages" "$engine/home/.nuget/packages"
    mount --bind "$cache" "$engine/home/.cache/worktree-hooks"
}

# What a system with systemd gives everybody: tunnels, and, where it is told to, low ports
# (https://docs.docker.com/engine/security/rootless/tips/#exposing-privileged-ports).
open_system() {
    mount -t tmpfs tmpfs /dev/net
    mknod -m 666 /dev/net/tun c 10 200
    echo 0 >/proc/sys/net/ipv4/ip_unprivileged_port_start
    hide_places
}
keep_docker() {
    keep docker.pid dockerd.log dockerd-rootless.sh --data-root "$engine/data" &
}
export -f make_user open_system keep_docker

# shellcheck disable=SC2016 # the inner shells fill them in
run_apart --net --mount --pid --fork --kill-child --mount-proc -- bash -euo pipefail -c '
    make_network
    make_user
    open_system
    export HOME=$engine/home XDG_RUNTIME_DIR=$engine/run DOCKER_CONFIG=$engine/docker USER=rootless
    export DOCKER_HOST=unix://$XDG_RUNTIME_DIR/docker.sock
    cd "$engine/checkout"
    me=$user
    unset user packages cache
    setpriv --reuid "$me" --regid "$me" --clear-groups bash -euo pipefail -c "
        keep_$kind
        fill
        \"\$@\"" with-rootless "$@"' with-rootless "${command[@]}"
