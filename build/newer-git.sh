#!/bin/sh
# Makes a git with configuration hooks (2.54 or later) available on a Debian machine whose own git is older, and
# prints the path of its executable. Nothing is installed: the packages of Debian's unstable release are unpacked into
# a cache folder and run with their own C library.
#
# Usage: WORKTREE_HOOKS_NEWER_GIT=$(build/newer-git.sh) dotnet test
# The first argument names another cache folder. Prints this machine's own git where that is new enough.
set -eu

fail() {
    echo "newer-git.sh: $*" >&2
    exit 1
}

is_new_enough() {
    version=$("$1" --version 2>/dev/null) || return 1
    version=${version#git version }
    major=${version%%.*}
    minor=${version#*.}
    minor=${minor%%.*}
    [ "$major" -gt 2 ] || { [ "$major" -eq 2 ] && [ "$minor" -ge 54 ]; }
}

own=$(command -v git || true)
if [ -n "$own" ] && is_new_enough "$own"; then
    echo "$own"
    exit 0
fi

cache=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/worktree-hooks/newer-git}
if is_new_enough "$cache/bin/git"; then
    echo "$cache/bin/git"
    exit 0
fi

keyring=/usr/share/keyrings/debian-archive-keyring.gpg
[ -f "$keyring" ] || fail "'$keyring' is missing: this script knows Debian only."

# Made beside its final place and renamed: a killed run leaves no half git behind.
mkdir -p "$(dirname "$cache")"
work=$(mktemp -d "$cache.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/archives/partial" "$work/bin"
echo "deb [signed-by=$keyring] http://deb.debian.org/debian sid main" >"$work/sources.list"

apt() {
    apt-get -qq -o Dir::Etc::sourcelist="$work/sources.list" -o Dir::Etc::sourceparts=/dev/null \
        -o Dir::State::lists="$work/lists" -o Dir::Cache="$work" -o APT::Sandbox::User="$(id -un)" "$@" >&2
}

(
    cd "$work"
    apt update
    apt download git libc6 libpcre2-8-0 zlib1g
    for package in ./*.deb; do
        dpkg -x "$package" root
    done
) || fail "the packages could not be fetched."

core=root/usr/lib/git-core
# Looked for by name: the folder is called after the machine's architecture.
loader=$(cd "$work" && find root/usr/lib -name 'ld-linux*.so.*' | head -n 1)
[ -n "$loader" ] || fail "the C library's package has no loader."
mv "$work/$core/git" "$work/$core/git.real"

# git starts itself again by the name of $GIT_EXEC_PATH/git, so a script has that name and another one is on PATH.
for script in "$work/$core/git" "$work/bin/git"; do
    rm -f "$script"
    cat >"$script" <<END
#!/bin/sh
GIT_EXEC_PATH='$cache/$core'
export GIT_EXEC_PATH
exec '$cache/$loader' --argv0 "\$0" --library-path '$cache/$(dirname "$loader")' '$cache/$core/git.real' "\$@"
END
    chmod 755 "$script"
done

rm -rf "$work/lists" "$work/archives" "$work"/*.deb "$work"/*.bin "$work/sources.list" "$cache"
mv "$work" "$cache"
is_new_enough "$cache/bin/git" || fail "'$cache/bin/git' does not run, or is older than 2.54."
echo "$cache/bin/git"
