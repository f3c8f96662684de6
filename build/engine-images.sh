#!/bin/bash
# Makes container images for tests on a machine that reaches no registry: PostgreSQL, Redis, nginx, busybox and the
# ASP.NET runtime, from what is installed here, and gives them to the engine that the docker command talks to.
#
# Needs Debian's packages postgresql, redis-server, nginx-light, busybox, util-linux and gettext-base, and the .NET runtime.
# The first argument names another cache folder for the root file system; --make makes them and gives them to nobody.
set -euo pipefail
shopt -s nullglob

must_load=true
if [ "${1-}" = --make ]; then
    must_load=false
    shift
fi
here=$(cd "$(dirname "$0")" && pwd)
cache=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/worktree-hooks/engine-images}

fail() {
    echo "engine-images.sh: $*" >&2
    exit 1
}

postgres=$(find /usr/lib/postgresql -mindepth 1 -maxdepth 1 2>/dev/null | sort -V | tail -n 1)
[ -x "$postgres/bin/postgres" ] || fail "PostgreSQL's server is not installed (apt-get install postgresql)."
version=${postgres##*/}
for program in redis-server nginx busybox setpriv envsubst dotnet; do
    command -v $program >/dev/null || fail "'$program' is not installed."
done
dotnet=$(dirname "$(readlink -f "$(command -v dotnet)")")

# One root file system serves all images; they differ in their configuration.
copy_files() {
    local root=$1
    mkdir -p "$root"/{app,bin,dev,etc/nginx/conf.d,etc/nginx/templates,proc,root,run/postgresql,sys,tmp,usr/bin,usr/sbin} \
        "$root"/{data,docker-entrypoint-initdb.d,usr/share/nginx/html,var/lib/nginx,var/lib/postgresql/data,var/log/nginx}
    ln -s ../run "$root/var/run"
    chmod 1777 "$root/tmp" "$root/run/postgresql" "$root/var/lib/postgresql/data"
    chown 999:999 "$root/run/postgresql" "$root/var/lib/postgresql" "$root/var/lib/postgresql/data"

    cp "$(readlink -f "$(command -v busybox)")" "$root/bin/busybox"
    local applet
    for applet in $(busybox --list); do
        case $applet in busybox | init | linuxrc | setpriv) continue ;; esac
        ln -s busybox "$root/bin/$applet"
    done
    cp -L "$(command -v setpriv)" "$(command -v envsubst)" "$root/usr/bin/"
    # Unlike busybox' own it knows --reflink, which a copy of a database asks for.
    rm "$root/bin/cp"
    cp -L /bin/cp "$root/bin/cp"
    cp -L "$(command -v redis-server)" "$root/usr/bin/redis-server"
    cp -L "$(command -v redis-cli)" "$root/usr/bin/redis-cli"
    cp -L "$(command -v nginx)" "$root/usr/sbin/"
    cp -L /etc/nginx/mime.types "$root/etc/nginx/"

    tar -C / -hc --exclude='*/bitcode' --exclude='*/pgxs' --exclude='*llvmjit*' "${postgres#/}/bin" "${postgres#/}/lib" \
        "usr/share/postgresql/$version" usr/share/zoneinfo/{Etc,UTC,GMT} usr/lib/locale/C.utf8 |
        tar -C "$root" -x
    mkdir -p "$root/usr/share/dotnet"
    tar -C "$dotnet" -c dotnet host shared/Microsoft.NETCore.App shared/Microsoft.AspNetCore.App |
        tar -C "$root/usr/share/dotnet" -x
    ln -s ../share/dotnet/dotnet "$root/usr/bin/dotnet"

    cp "$here/engine-images/nginx.conf" "$root/etc/nginx/nginx.conf"
    cp "$here/engine-images/default.conf" "$root/etc/nginx/conf.d/default.conf"
    echo '<h1>Welcome to nginx!</h1>' >"$root/usr/share/nginx/html/index.html"
    ln -s /dev/stdout "$root/var/log/nginx/access.log"
    ln -s /dev/stderr "$root/var/log/nginx/error.log"
    cp "$here/engine-images/"*-entrypoint.sh "$root/"
    chmod 755 "$root/"*-entrypoint.sh
    # Any --user may add itself: initdb wants a name for its uid.
    printf '%s\n' root:x:0:0::/root:/bin/sh postgres:x:999:999::/var/lib/postgresql:/bin/sh \
        www-data:x:33:33::/:/bin/sh nobody:x:65534:65534::/:/bin/sh >"$root/etc/passwd"
    chmod 666 "$root/etc/passwd"
    printf '%s\n' root:x:0: postgres:x:999: www-data:x:33: nogroup:x:65534: >"$root/etc/group"
    echo 'hosts: files dns' >"$root/etc/nsswitch.conf"
    sed -i "s/^#listen_addresses = .*/listen_addresses = '*'/" "$root/usr/share/postgresql/$version/postgresql.conf.sample"
}

# What ldd names, and what is loaded by name at run time.
copy_libraries() {
    local root=$1 library
    local named=(libnss_files.so.2 libnss_dns.so.2 libssl.so.3 libcrypto.so.3 libgcc_s.so.1 libstdc++.so.6)
    {
        find "$root/usr" "$root/bin" -type f \( -perm -u+x -o -name '*.so*' \) -print0 |
            xargs -0 -n 1 ldd 2>/dev/null | grep -oE '/[^ ]+\.so[^ ]*' || true
        for library in "${named[@]}"; do
            ldconfig -p | awk -v name="$library" '$1 == name { print $NF }'
        done
    } | sort -u | while read -r library; do
        case $library in "$root"*) continue ;; esac
        [ -e "$root$library" ] && continue
        mkdir -p "$root$(dirname "$library")"
        cp -L "$library" "$root$library"
    done
}

# Writes the archive that 'docker load' reads: one layer, and for each image a configuration of its own.
write_image() {
    local name=$1 config=$2 file
    file=${name//[^a-z0-9]/-}.json
    printf '{"created":"2026-01-01T00:00:00Z","architecture":"%s","os":"linux","config":%s,"history":[{"created_by":"engine-images.sh"}],"rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}' \
        "$(dpkg --print-architecture)" "$config" "$layer" >"$work/image/$file"
    printf '%s{"Config":"%s","RepoTags":["%s"],"Layers":["layer.tar"]}' "$comma" "$file" "$name" >>"$work/image/manifest.json"
    comma=,
}

write_images() {
    local path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin comma='' layer name
    layer=$(sha256sum "$work/image/layer.tar" | cut -d ' ' -f 1)
    printf '[' >"$work/image/manifest.json"
    write_image busybox:latest '{"Env":["PATH='$path'"],"Cmd":["sh"]}'
    for name in "postgres:$version" postgres:latest; do
        write_image "$name" '{"Env":["PATH='"$postgres/bin:$path"'","PGDATA=/var/lib/postgresql/data","PG_MAJOR='"$version"'","LANG=C.UTF-8"],
            "Entrypoint":["/postgres-entrypoint.sh"],"Cmd":["postgres"],"StopSignal":"SIGINT",
            "ExposedPorts":{"5432/tcp":{}},"Volumes":{"/var/lib/postgresql/data":{}}}'
    done
    write_image redis:latest '{"Env":["PATH='$path'"],"Cmd":["redis-server","--protected-mode","no","--dir","/data"],
        "ExposedPorts":{"6379/tcp":{}},"Volumes":{"/data":{}}}'
    write_image nginx:latest '{"Env":["PATH='$path'"],"Entrypoint":["/nginx-entrypoint.sh"],
        "Cmd":["nginx","-g","daemon off;"],"StopSignal":"SIGQUIT","ExposedPorts":{"80/tcp":{}}}'
    write_image mcr.microsoft.com/dotnet/aspnet:10.0 '{"Env":["PATH='$path'","DOTNET_RUNNING_IN_CONTAINER=true",
        "ASPNETCORE_HTTP_PORTS=8080","DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1"],"ExposedPorts":{"8080/tcp":{}}}'
    printf ']' >>"$work/image/manifest.json"
}

# Made anew when a package or one of our files changed.
key=$({
    dpkg-query -W "postgresql-$version" redis-server nginx-light busybox util-linux gettext-base
    dotnet --list-runtimes
    cat "$here/engine-images.sh" "$here/engine-images/"*
} | sha256sum | cut -c 1-16)
archive=$cache/$key.tar
if [ ! -f "$archive" ]; then
    mkdir -p "$cache"
    work=$(mktemp -d "$cache/root.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    copy_files "$work/root"
    copy_libraries "$work/root"
    mkdir "$work/image"
    tar -C "$work/root" -cf "$work/image/layer.tar" .
    write_images
    tar -C "$work/image" -cf "$work/images.tar" .
    rm -f "$cache/"*.tar
    mv "$work/images.tar" "$archive"
fi
if $must_load; then docker load --quiet --input "$archive"; fi
