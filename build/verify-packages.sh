#!/usr/bin/env bash
# Checks the packages of one version in a folder, by what they hold and by using them once.
#   build/verify-packages.sh PACKAGES VERSION EMPTY_FOLDER
set -euo pipefail
packages=$1 version=$2 trial=$3

die() {
    echo "verify: $1" >&2
    exit 1
}

listing() {
    python3 -c 'import sys, zipfile; print("\n".join(zipfile.ZipFile(sys.argv[1]).namelist()))' "$1"
}

text_of() {
    python3 -c 'import sys, zipfile; sys.stdout.buffer.write(zipfile.ZipFile(sys.argv[1]).read(sys.argv[2]))' "$1" "$2"
}

# Every tool package that the pointing one names is there, and no other.
check_tool_set() {
    local named found
    named=$(text_of "$packages/Worktree.Hooks.Tool.$version.nupkg" tools/any/any/DotnetToolSettings.xml |
        grep -o 'Id="Worktree.Hooks.Tool[^"]*"' | cut -d'"' -f2 | sort)
    found=$(find "$packages" -name "Worktree.Hooks.Tool.*.$version.nupkg" -printf '%f\n' | sed "s/\.$version\.nupkg\$//" | sort)
    [ "$named" = "$found" ] || die "the tool's package names $(echo $named), but there are $(echo $found)"
}

check_package() {
    local package="$packages/Worktree.Hooks.$version.nupkg" files file
    files=$(listing "$package")
    for file in Sdk/Sdk.props Sdk/Sdk.targets build/Worktree.Hooks.targets build/Worktree.Hooks.proj \
        buildMultiTargeting/Worktree.Hooks.targets build/worktree.schema.json README.md icon.png \
        tools/net10.0/Worktree.Hooks.Tasks.dll tools/net10.0/Worktree.Hooks.Tasks.deps.json \
        tools/net10.0/dotnet-worktree.dll tools/net10.0/post-checkout tools/netstandard2.0/Worktree.Hooks.Startup.dll; do
        grep -qxF "$file" <<<"$files" || die "'$package' has no $file"
    done
    # Each system that has the hook natively has its tasks too.
    for file in $(sed -n 's,^hook/\([^/]*\)/post-checkout$,tasks/\1/Worktree.Hooks.Tasks.dll,p' <<<"$files"); do
        grep -qxF "$file" <<<"$files" || die "'$package' has no $file"
    done
    grep -q '\.pdb$' <<<"$files" && die "'$package' has symbols: they belong into the .snupkg"
    text_of "$package" Worktree.Hooks.nuspec >"$trial/nuspec"
    grep -q '<developmentDependency>true' "$trial/nuspec" || die "'$package' is no development dependency"
    grep -q '<dependency ' "$trial/nuspec" && die "'$package' has dependencies, which its users would get"
    listing "$packages/Worktree.Hooks.$version.snupkg" | grep -xF tools/net10.0/Worktree.Hooks.Tasks.pdb >/dev/null ||
        die "the symbol package has no symbols of the tasks"
    # A trial in a clone without a remote has no address to link to.
    if git remote get-url origin >/dev/null 2>&1; then
        text_of "$packages/Worktree.Hooks.$version.snupkg" tools/net10.0/Worktree.Hooks.pdb >"$trial/pdb"
        grep -qa '"documents"' "$trial/pdb" || [ -n "${WORKTREE_HOOKS_VERSION:-}" ] || die "the symbols have no SourceLink"
    fi
}

# Nothing but these packages, and nobody's cache, leases or hooks.
use_them() {
    export NUGET_PACKAGES="$trial/cache" WORKTREE_HOOKS_STATE="$trial/state" CI=true
    git init -q "$trial/shop"
    cd "$trial/shop"
    cat >nuget.config <<END
<configuration>
  <packageSources>
    <clear />
    <add key="packages" value="$packages" />
  </packageSources>
</configuration>
END
    echo "<Project><Import Project=\"Sdk.targets\" Sdk=\"Worktree.Hooks\" Version=\"$version\" /></Project>" >Directory.Build.targets
    echo '<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup></Project>' >shop.csproj
    dotnet build -v:quiet -nologo || die "a project that takes the package in does not build"
    grep -q '^APP_PORT=' .env.local || die "a build with the package wrote no .env.local"
    dotnet tool install Worktree.Hooks.Tool --version "$version" --tool-path "$trial/tools" --source "$packages" >"$trial/log" ||
        { cat "$trial/log"; die "the tool cannot be installed"; }
    "$trial/tools/dotnet-worktree" ports >"$trial/log" || die "the installed tool does not run"
}

check_tool_set
check_package
use_them
echo "verified: Worktree.Hooks and Worktree.Hooks.Tool $version"
