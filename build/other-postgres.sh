#!/bin/sh
# Makes other major versions of PostgreSQL available on a Debian machine, and prints the folder of each one's programs,
# one a line. Nothing is installed: the packages of the Debian release that has the version are unpacked into a cache
# folder, with the libraries of the same release, and run with their own C library.
#
# Usage: WORKTREE_HOOKS_OTHER_POSTGRES=$(build/other-postgres.sh 13 17 18) dotnet test
# WORKTREE_HOOKS_CACHE names another cache folder; every user must be able to read it, as servers do not run as root.
# A version that cannot be had is named on stderr and makes the script fail when it has printed the others.
set -u

keyring=/usr/share/keyrings/debian-archive-keyring.gpg
if [ -n "${WORKTREE_HOOKS_CACHE:-}" ]; then
    cache=$WORKTREE_HOOKS_CACHE
elif [ "$(id -u)" = 0 ]; then
    cache=/var/cache/worktree-hooks # root's own home is closed to the user that a server runs as
else
    cache=${XDG_CACHE_HOME:-$HOME/.cache}/worktree-hooks
fi

release_of() {
    case $1 in
    13) echo bullseye ;;
    15) echo bookworm ;;
    17) echo trixie ;;
    18) echo forky ;;
    *) return 1 ;;
    esac
}

runs() {
    "$1/postgres" --version >/dev/null 2>&1
}

# With an empty status file apt names everything that the server needs, whatever this machine has.
apt_for() {
    work=$1
    tool=$2
    shift 2
    "$tool" -qq -o Dir::Etc::sourcelist="$work/sources.list" -o Dir::Etc::sourceparts=/dev/null \
        -o Dir::State::lists="$work/lists" -o Dir::State::status="$work/status" -o Dir::Cache="$work" \
        -o APT::Sandbox::User="$(id -un)" -o Acquire::Languages=none "$@"
}

# Programs start each other by the name beside their own, so a script has that name and runs the real one under it.
# $1: the program, $2: where its root will be, $3: the loader beneath that, $4: the libraries' folders.
wrap() {
    mv "$1" "$1.real"
    if [ -n "$3" ]; then
        printf '#!/bin/sh\nexec %s --argv0 "$0" --library-path %s %s "$@"\n' "$2/$3" "$4" "$2/$1.real" >"$1"
    else
        printf '#!/bin/bash\nLD_LIBRARY_PATH=%s exec -a "$0" %s "$@"\n' "$4" "$2/$1.real" >"$1"
    fi
    chmod 755 "$1"
}

# $1: version, $2: work folder, $3: the folder that it becomes.
unpack() {
    cd "$2" || return 1
    mkdir -p lists/partial archives/partial
    : >status
    echo "deb [signed-by=$keyring] http://deb.debian.org/debian $(release_of "$1") main" >sources.list
    apt_for "$2" apt-get update >&2 || return 1
    # The server's libraries; not those of its helpers in Perl, nor LLVM's 100 MB for compiled expressions.
    packages=$(apt_for "$2" apt-get --simulate install --no-install-recommends "postgresql-$1" |
        awk '$1 == "Inst" && ($2 ~ /^(lib|zlib1g)/ || $2 ~ /^postgresql-(client-)?[0-9]+$/) && $2 !~ /-perl$|^lib(llvm|perl|z3)/ { print $2 }')
    [ -n "$packages" ] || return 1
    # shellcheck disable=SC2086 # a word for each package
    apt_for "$2" apt-get download $packages >&2 || return 1
    for package in ./*.deb; do
        dpkg -x "$package" root || return 1
    done
    bin=root/usr/lib/postgresql/$1/bin
    rm -f "root/usr/lib/postgresql/$1/lib"/llvmjit*
    # Older releases keep the C library outside /usr.
    loader=$(find root/lib root/usr/lib -name 'ld-linux*.so.*' 2>/dev/null | head -n 1)
    if ! "$loader" --argv0 true --library-path "${loader%/*}" /bin/true 2>/dev/null; then
        # A loader that does not know the option is older than this machine's, which then serves.
        loader=
        dpkg --contents ./libc6_*.deb | awk '$1 !~ /^d/ { print "root/" $6 }' | xargs rm -f
    fi
    libraries=
    for folder in root/lib/*-linux-gnu* root/usr/lib/*-linux-gnu*; do
        [ -d "$folder" ] && libraries="${libraries:+$libraries:}$3/$folder"
    done
    for program in "$bin"/*; do
        wrap "$program" "$3" "$loader" "$libraries"
    done
    rm -rf lists archives ./*.deb ./*.bin sources.list status root/usr/share/doc root/usr/share/man
    chmod 755 .
}

fetch() {
    version=$1
    place=$cache/postgresql-$version
    bin=$place/root/usr/lib/postgresql/$version/bin
    if runs "$bin"; then
        echo "$bin"
        return 0
    fi
    release_of "$version" >/dev/null || return 1
    [ -f "$keyring" ] || return 1
    # Made beside its final place and renamed: a killed run leaves no half server behind.
    mkdir -p "$cache" && half=$(mktemp -d "$place.XXXXXX") || return 1
    if (unpack "$version" "$half" "$place") && rm -rf "$place" && mv "$half" "$place" && runs "$bin"; then
        echo "$bin"
        return 0
    fi
    rm -rf "$half"
    return 1
}

# They come from different releases, so they are fetched side by side.
answers=$(mktemp -d) || exit 1
trap 'rm -rf "$answers"' EXIT
for version in "$@"; do
    (fetch "$version" >"$answers/$version" || rm -f "$answers/$version") &
done
wait
status=0
for version in "$@"; do
    if [ -f "$answers/$version" ]; then
        cat "$answers/$version"
    else
        echo "other-postgres.sh: PostgreSQL $version could not be fetched." >&2
        status=1
    fi
done
exit $status
