namespace Worktree.Hooks.Database;

/// <summary>
/// What runs in a <see cref="HelperContainer"/> on a named volume. A volume cannot be renamed, so the copy is made in the
/// folder <c>.worktree-hooks</c> of the worktree's own, and then changes places with what is there, entry by entry, under a
/// journal. <c>global</c>, without which no server starts, goes first and comes last; the folder keeps <c>initdb</c> out.
/// </summary>
internal static class VolumeScripts
{
    /// <summary>The copy while it is made, relative to the data directory.</summary>
    public const string New = ".worktree-hooks/new";

    /// <summary>The generation before, relative to the data directory.</summary>
    public const string Previous = ".worktree-hooks/previous";

    /// <summary>Writes the folders of <c>$main</c> in which a data directory lies: images of PostgreSQL 18 have it deeper.</summary>
    public const string Find = """
        cd "$main"; find . -maxdepth 5 -path '*/global/pg_control' ! -path '*/.worktree-hooks/*' |
            sed 's,^\./,,; s,/*global/pg_control$,,; s,^$,.,'
        """;

    /// <summary>Makes the folder of the first argument in <c>$own</c> like main's, and the one for the copy in it.</summary>
    public const string Prepare = """
        like() { chown "$(stat -c %u:%g "$1")" "$2"; chmod "$(stat -c %a "$1")" "$2"; }
        like "$main" "$own"; rest=$1; at=
        while [ -n "$rest" ]; do
            part=${rest%%/*}; at=$at/$part
            case $rest in */*) rest=${rest#*/} ;; *) rest= ;; esac
            [ -d "$own$at" ] || { mkdir "$own$at"; like "$main$at" "$own$at"; }
        done
        [ -d "$own$at/.worktree-hooks" ] || { mkdir "$own$at/.worktree-hooks"; like "$main$at" "$own$at/.worktree-hooks"; }
        """;

    /// <summary>Completes what a killed command had begun to put in place, and deletes what it had not.</summary>
    public const string Recover = """
        [ -d "$own/.worktree-hooks" ] || exit 0
        cd "$own/.worktree-hooks"; rm -rf trash
        if [ -e restoring ]; then [ ! -d new ] || mv new previous; rm -f restoring; fi
        if [ -e moving-out ]; then
            mkdir -p old; [ ! -e ../global ] || mv ../global old/
            for name in ../* ../.[!.]*; do
                [ "$name" != ../.worktree-hooks ] || continue
                [ ! -e "$name" ] && [ ! -L "$name" ] || mv "$name" old/
            done
            mv moving-out moving-in
        fi
        if [ -e moving-in ]; then
            for name in new/* new/.[!.]*; do
                [ "$name" != new/global ] || continue
                [ ! -e "$name" ] && [ ! -L "$name" ] || mv "$name" ../
            done
            [ ! -e new/global ] || mv new/global ../
            mv moving-in moved
        fi
        if [ -e moved ]; then
            if [ -d old ] && [ "$(cat moved)" = keep ]; then
                [ ! -d previous ] || mv previous trash
                touch old; mv old previous
            fi
            [ ! -e new.json ] || mv new.json manifest.json
            sync; rm -f moved
        fi
        rm -rf new new-probe new.json moving-out.new old trash
        rmdir "$own/.worktree-hooks" 2>/dev/null || :
        """;

    /// <summary>Puts the copy in place; the first argument is "keep" where the former database is kept, the second its manifest.</summary>
    public const string Publish =
        """
            cd "$own/.worktree-hooks"; printf %s "$2" >new.json; printf %s "$1" >moving-out.new; sync
            mv moving-out.new moving-out;
            """ + Recover;

    /// <summary>Exchanges the database with the generation before; writes "none" where there is none.</summary>
    public const string Restore =
        """
            cd "$own/.worktree-hooks" 2>/dev/null && [ -d previous ] || { echo none; exit 0; }
            keep=drop; [ ! -e ../PG_VERSION ] || keep=keep
            printf %s $keep >restoring; mv previous new; mv restoring moving-out;
            """ + Recover;

    /// <summary>Writes the manifest of the last copy, if there is one.</summary>
    public const string Manifest = """
        cat "$own/.worktree-hooks/manifest.json" 2>/dev/null || :
        """;

    /// <summary>Writes the worktree's <c>pg_control</c> in base64, if there is one.</summary>
    public const string Control = $"""
        [ ! -f "$own/{PostgresRules.ControlFile}" ] || base64 "$own/{PostgresRules.ControlFile}"
        """;

    /// <summary>
    /// Writes in KiB what the volume takes, what of it is ours, and the generation before; the number of files; and the
    /// second since 1970 at which the generation before was replaced. 0 where there is none.
    /// </summary>
    public const string Measure = """
        cd "$own"; du -sk . | cut -f 1
        for folder in .worktree-hooks .worktree-hooks/previous; do
            if [ -d $folder ]; then du -sk $folder | cut -f 1; else echo 0; fi
        done
        find . -path ./.worktree-hooks -prune -o -type f -print | wc -l
        stat -c %Z .worktree-hooks/previous 2>/dev/null || echo 0
        """;
}
