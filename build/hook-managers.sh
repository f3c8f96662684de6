#!/bin/sh
# Makes husky and lefthook available to the tests and prints the node_modules folder that has them. Nothing is installed
# in the repository: they lie in a cache folder.
#
# Usage: WORKTREE_HOOKS_NPM=$(build/hook-managers.sh) dotnet test
# The first argument names another cache folder.
set -eu

husky=9.1.7
lefthook=2.2.1
cache=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/worktree-hooks/hook-managers-$husky-$lefthook}

if [ ! -x "$cache/node_modules/.bin/lefthook" ]; then
    command -v npm >/dev/null || {
        echo "hook-managers.sh: 'npm' is not installed." >&2
        exit 1
    }
    # Made beside its final place and renamed: a killed run leaves no half folder behind.
    mkdir -p "$(dirname "$cache")"
    work=$(mktemp -d "$cache.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    (cd "$work" && npm install --silent --no-audit --no-fund --ignore-scripts --save-exact \
        "husky@$husky" "lefthook@$lefthook" >&2)
    rm -rf "$cache"
    mv "$work" "$cache"
fi
echo "$cache/node_modules"
