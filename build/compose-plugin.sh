#!/bin/sh
# Makes Docker Compose v2 available on a Debian machine that lacks it, and prints a folder for DOCKER_CONFIG whose
# cli-plugins has it. Nothing is installed: the package of a newer Debian release is unpacked into a cache folder.
#
# Usage: DOCKER_CONFIG=$(build/compose-plugin.sh) docker compose version
# The first argument names another cache folder.
set -eu

fail() {
    echo "compose-plugin.sh: $*" >&2
    exit 1
}

release=trixie
cache=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/worktree-hooks/compose-$release}
if "$cache/cli-plugins/docker-compose" version >/dev/null 2>&1; then
    echo "$cache"
    exit 0
fi

keyring=/usr/share/keyrings/debian-archive-keyring.gpg
[ -f "$keyring" ] || fail "'$keyring' is missing: this script knows Debian only."

# Made beside its final place and renamed: a killed run leaves no half plugin behind.
mkdir -p "$(dirname "$cache")"
work=$(mktemp -d "$cache.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/archives/partial" "$work/config/cli-plugins"
echo "deb [signed-by=$keyring] http://deb.debian.org/debian $release main" >"$work/sources.list"

apt() {
    apt-get -qq -o Dir::Etc::sourcelist="$work/sources.list" -o Dir::Etc::sourceparts=/dev/null \
        -o Dir::State::lists="$work/lists" -o Dir::Cache="$work" -o APT::Sandbox::User="$(id -un)" "$@" >&2
}

(
    cd "$work"
    apt update
    apt download docker-compose
    dpkg -x ./docker-compose_*.deb root
) || fail "the package could not be fetched."

plugin=$(find "$work/root" -path '*/cli-plugins/docker-compose' -type f | head -n 1)
[ -n "$plugin" ] || fail "the package has no plugin."
mv "$plugin" "$work/config/cli-plugins/docker-compose"
rm -rf "$cache"
mv "$work/config" "$cache"
"$cache/cli-plugins/docker-compose" version >/dev/null || fail "'$cache/cli-plugins/docker-compose' does not run."
echo "$cache"
