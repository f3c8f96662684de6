#!/bin/sh
# What stacks expect of a PostgreSQL image: a cluster is made in an empty PGDATA for POSTGRES_USER, POSTGRES_PASSWORD
# and POSTGRES_DB, scripts of /docker-entrypoint-initdb.d run once, and the server is process 1 as an ordinary user.
set -eu

case ${1:-postgres} in
    -*) set -- postgres "$@" ;;
esac
if [ "${1:-postgres}" != postgres ]; then
    exec "$@"
fi

mkdir -p "$PGDATA"
if [ "$(id -u)" = 0 ]; then
    find "$PGDATA" \! -user postgres -exec chown postgres:postgres {} +
    chmod 700 "$PGDATA"
    exec setpriv --reuid=postgres --regid=postgres --clear-groups -- "$0" "$@"
fi
chmod 700 "$PGDATA" 2>/dev/null || true
if ! id -un >/dev/null 2>&1; then
    echo "container:x:$(id -u):$(id -g)::/tmp:/bin/sh" >>/etc/passwd
fi

user=${POSTGRES_USER:-postgres}
database=${POSTGRES_DB:-$user}
host_method=${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}

make_cluster() {
    if [ -z "${POSTGRES_PASSWORD:-}" ] && [ "$host_method" != trust ]; then
        echo "Database is uninitialized and superuser password is not specified: set POSTGRES_PASSWORD." >&2
        exit 1
    fi
    passwords=$(mktemp)
    printf '%s\n' "${POSTGRES_PASSWORD:-none}" >"$passwords"
    # shellcheck disable=SC2086 # several arguments in one variable
    initdb --username="$user" --pwfile="$passwords" --auth-local=trust --auth-host=trust ${POSTGRES_INITDB_ARGS:-} -D "$PGDATA"
    rm -f "$passwords"
    echo "host all all all $host_method" >>"$PGDATA/pg_hba.conf"

    pg_ctl -D "$PGDATA" -o "-c listen_addresses=''" -w start
    if [ "$database" != postgres ]; then
        psql -v ON_ERROR_STOP=1 -U "$user" -d postgres -v name="$database" <<END
CREATE DATABASE :"name";
END
    fi
    for script in /docker-entrypoint-initdb.d/*; do
        case $script in
            *.sh) sh "$script" ;;
            *.sql) psql -v ON_ERROR_STOP=1 -U "$user" -d "$database" -f "$script" ;;
            *.sql.gz) gunzip -c "$script" | psql -v ON_ERROR_STOP=1 -U "$user" -d "$database" ;;
        esac
    done
    pg_ctl -D "$PGDATA" -m fast -w stop
}

[ -s "$PGDATA/PG_VERSION" ] || make_cluster
exec "$@"
