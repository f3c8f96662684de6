namespace Worktree.Hooks.Database;

/// <summary>
/// What runs in a <see cref="HelperContainer"/>, for any <c>sh</c> with GNU's or busybox' tools. The first argument is the
/// name of the copy in <c>$own</c>. What is left out is what <see cref="PostgresRules"/> leaves out.
/// </summary>
internal static class ForeignScripts
{
    /// <summary>Says why main's folder cannot be copied; nothing where it can.</summary>
    public const string Look = """
        cd "$main"
        for file in PG_VERSION global/pg_control; do
            [ -f $file ] || { echo "is no PostgreSQL data directory: it has no $file"; exit 0; }
        done
        find . -type l 2>/dev/null | while read -r link; do
            echo "has the symbolic link '$link' (a tablespace?), which a helper container cannot follow"; break
        done
        """;

    /// <summary>Writes "yes" where files can share their blocks with main's.</summary>
    public const string CanReflink = """
        ! cp --reflink=always "$main/PG_VERSION" "$own/$1" 2>/dev/null || echo yes; rm -f "$own/$1"
        """;

    /// <summary>Writes how many KiB main's files take, and how many are free for the copy.</summary>
    public const string Space = """
        du -sk "$main" 2>/dev/null | cut -f 1; df -Pk "$own" | tail -n 1 | tr -s ' ' | cut -d ' ' -f 4
        """;

    /// <summary>Copies all but what makes it startable; with a second argument, of a running server.</summary>
    public const string Copy = """
        to="$own/$1"; running="$2"; errors=/tmp/worktree-hooks-errors; : >$errors
        reflink=; ! cp --reflink=auto "$main/PG_VERSION" /tmp/ 2>/dev/null || reflink=--reflink=auto
        like() { chown "$(stat -c %u:%g "$1")" "$2"; chmod "$(stat -c %a "$1")" "$2"; }
        folder() { mkdir "$to/$1"; like "$main/$1" "$to/$1"; }
        mkdir "$to"; like "$main" "$to"; cd "$main"
        for name in * .[!.]*; do
            [ -e "$name" ] || continue
            case $name in
                postmaster.* | backup_label.old | tablespace_map.old | backup_manifest | backup_manifest.tmp | standby.signal | recovery.signal | .worktree-hooks) ;;
                pg_dynshmem | pg_notify | pg_replslot | pg_serial | pg_snapshots | pg_stat_tmp | pg_subtrans)
                    folder "$name" ;;
                pg_wal)
                    if [ -n "$running" ]; then
                        folder pg_wal
                        [ ! -d pg_wal/archive_status ] || folder pg_wal/archive_status
                        for file in pg_wal/*.history; do [ ! -f "$file" ] || cp -a "$file" "$to/pg_wal/"; done
                    else
                        cp -a $reflink pg_wal "$to/" 2>>$errors || :
                        rm -f "$to"/pg_wal/archive_status/*
                    fi ;;
                backup_label | tablespace_map)
                    [ -n "$running" ] || cp -a "$name" "$to/" ;;
                *) cp -a $reflink "$name" "$to/" 2>>$errors || : ;;
            esac
        done
        [ -z "$running" ] || sed -i '/No such file or directory$/d' $errors
        [ ! -s $errors ] || { head -n 5 $errors >&2; exit 1; }
        rm -f "$to/global/pg_control"
        find "$to" \( -name 'pgsql_tmp*' -o -name 'pg_internal.init*' \) -prune -exec rm -rf {} +
        """;

    /// <summary>Copies segments of the WAL, which are the further arguments.</summary>
    public const string CopyWal = """
        to="$own/$1/pg_wal/"; shift; cd "$main/pg_wal"; cp -a "$@" "$to"
        """;

    /// <summary>Writes <c>backup_label</c>, the second argument, as it is.</summary>
    public const string Label = """
        cd "$own/$1"; printf %s "$2" >backup_label
        """;

    /// <summary>
    /// Adds the settings of a copy (the second argument) and puts <c>pg_control</c> (the third, in base64) there at last. Its
    /// server must not serve another directory, whatever its configuration names.
    /// </summary>
    public const string Complete = """
        cd "$own/$1"; owner=$(stat -c %u:%g PG_VERSION); mode=$(stat -c %a PG_VERSION)
        for file in postgresql.conf postgresql.auto.conf; do
            [ -f $file ] || continue
            sed 's/^[[:space:]]*data_directory/#&/' $file >/tmp/worktree-hooks-file; cat /tmp/worktree-hooks-file >$file
        done
        printf '\n%s' "$2" >>postgresql.auto.conf
        printf %s "$3" | base64 -d >pg_control.worktree-hooks-new
        for file in postgresql.auto.conf backup_label pg_control.worktree-hooks-new; do
            [ ! -f $file ] || { chown "$owner" $file; chmod "$mode" $file; }
        done
        mv pg_control.worktree-hooks-new global/pg_control
        """;

    /// <summary>Writes the copy's size in KiB and the number of its files.</summary>
    public const string Measure = """
        cd "$own/$1"; du -sk . | cut -f 1; find . -type f | wc -l
        """;
}
