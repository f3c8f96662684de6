#!/usr/bin/env bash
# Makes a release's packages.
#
#   build/release.sh prepare VERSION   CHANGELOG.md: what is unreleased becomes VERSION; commit it, then tag it vVERSION
#   build/release.sh native OUT        on each kind of system that can link: its executable, its tasks and its tool package
#   build/release.sh pack OUT          on one of them, with the native/, tasks/ and packages/ of all in OUT: the other packages
#   build/release.sh verify OUT        what is in OUT/packages is whole and works
#   build/release.sh all OUT           native, pack and verify on this system
#
# The version is that of the tag on the commit, vVERSION; WORKTREE_HOOKS_VERSION overrides it for a trial. Nothing is
# pushed: the last line says how.
set -euo pipefail
cd "$(dirname "$0")/.."

die() {
    echo "release: $1" >&2
    exit 1
}

version_of_tag() {
    if [ -n "${WORKTREE_HOOKS_VERSION:-}" ]; then
        echo "$WORKTREE_HOOKS_VERSION"
        return
    fi
    [ -z "$(git status --porcelain)" ] || die "the work tree has changes: commit them, or set WORKTREE_HOOKS_VERSION for a trial"
    local tag
    tag=$(git describe --exact-match --tags --match 'v[0-9]*' 2>/dev/null) ||
        die "the commit has no tag like v1.2.3: run 'build/release.sh prepare 1.2.3', commit, 'git tag v1.2.3'"
    git remote get-url origin >/dev/null 2>&1 ||
        die "there is no remote 'origin', whose address SourceLink writes into the symbols: 'git remote add origin URL'"
    echo "${tag#v}"
}

# The lines of one version's section.
notes_of() {
    awk -v version="$1" '
        /^## / { inside = ($2 == version || $2 == "[" version "]"); next }
        inside { print }' CHANGELOG.md
}

# Folders of its own, so that nothing of another build gets into a package.
build_properties() {
    echo "-p:Version=$version" "-p:ContinuousIntegrationBuild=true" "-p:WorktreeHooksEnabled=false" "-p:ArtifactsPath=$out/build"
}

system_of_sdk() {
    dotnet msbuild build/Worktree.Hooks.proj -getProperty:_WorktreeHooksSystem
}

prepare() {
    local version=$1
    [[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$ ]] || die "'$version' is no version like 1.2.3 or 1.2.3-beta.1"
    [ -z "$(notes_of "$version")" ] || die "CHANGELOG.md has a section $version already"
    [ -n "$(notes_of Unreleased | tr -d '[:space:]')" ] || die "CHANGELOG.md has nothing under '## Unreleased'"
    sed -i "s/^## Unreleased$/## Unreleased\n\n## $version - $(date +%F)/" CHANGELOG.md
    echo "CHANGELOG.md has a section $version. Commit it, then: git tag v$version"
}

native() {
    local rid
    rid=$(system_of_sdk)
    # shellcheck disable=SC2046 # one word each
    dotnet pack src/Worktree.Hooks.Runner -v:quiet -nologo -r "$rid" -o "$out/packages" \
        "-p:ToolPackageRuntimeIdentifiers=\"$rid;any\"" $(build_properties)
    mkdir -p "$out/native"
    rm -rf "${out:?}/native/$rid"
    cp -R "$out/build/publish/Worktree.Hooks.Runner/release_$rid" "$out/native/$rid"
    rm -f "$out/native/$rid"/*.dbg "$out/native/$rid"/*.pdb
    # Compiled ahead: a command waits for no compiler in MSBuild, and the portable tasks are there for all other systems.
    rm -rf "${out:?}/tasks/$rid"
    # shellcheck disable=SC2046 # one word each
    dotnet publish src/Worktree.Hooks.Tasks -v:quiet -nologo -r "$rid" --no-self-contained -o "$out/tasks/$rid" \
        -p:PublishReadyToRun=true $(build_properties)
    rm -f "$out/tasks/$rid"/*.pdb "$out/tasks/$rid"/*.xml
    echo "native executable and tasks: $rid"
}

pack() {
    local rids=any folder
    for folder in "$out"/native/*/; do
        [ -d "$folder" ] || continue
        rids="$(basename "$folder");$rids"
        [ -f "$out/packages/Worktree.Hooks.Tool.$(basename "$folder").$version.nupkg" ] ||
            die "'$folder' is there, its tool package is not: copy packages/ from the system that linked it too"
        [ -f "$out/tasks/$(basename "$folder")/Worktree.Hooks.Tasks.dll" ] ||
            die "'$folder' is there, its tasks are not: copy tasks/ from the system that linked it too"
    done
    local common=(-v:quiet -nologo -o "$out/packages" "-p:ToolPackageRuntimeIdentifiers=\"$rids\"")
    # shellcheck disable=SC2046 # one word each
    {
        dotnet pack src/Worktree.Hooks.Package "${common[@]}" "-p:NativeHooks=$out/native/" "-p:NativeTasks=$out/tasks/" $(build_properties)
        dotnet pack src/Worktree.Hooks.Runner "${common[@]}" -r any -p:PublishAot=false $(build_properties)
        dotnet pack src/Worktree.Hooks.Runner "${common[@]}" $(build_properties)
    }
    notes_of "$version" >"$out/notes.md"
    echo "packed $version for $rids"
}

verify() {
    [ -n "${WORKTREE_HOOKS_VERSION:-}" ] || [ -s "$out/notes.md" ] || die "CHANGELOG.md has no section $version"
    local trial
    trial=$(mktemp -d)
    # shellcheck disable=SC2064 # now
    trap "rm -rf '$trial'" EXIT
    build/verify-packages.sh "$out/packages" "$version" "$trial"
    echo "packages of $version in $out/packages; to publish them:"
    echo "  dotnet nuget push '$out/packages/*.nupkg' --source nuget.org --api-key KEY"
}

command=${1:-}
case $command in
prepare)
    [ $# = 2 ] || die "usage: build/release.sh prepare VERSION"
    prepare "$2"
    ;;
native | pack | verify | all)
    [ $# = 2 ] || die "usage: build/release.sh $command OUT"
    mkdir -p "$2"
    out=$(cd "$2" && pwd)
    version=$(version_of_tag)
    if [ "$command" = all ]; then native && pack && verify; else "$command"; fi
    ;;
*)
    sed -n '2,11s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac
