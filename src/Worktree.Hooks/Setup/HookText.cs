namespace Worktree.Hooks.Setup;

/// <summary>
/// The shell texts that lead git to <c>bin/post-checkout</c> of the installation. They hold no path: a repository that
/// is moved, or seen at another path in a container, keeps its hook, and a hook file that several repositories share
/// does nothing in those without an installation. ASCII only.
/// </summary>
internal static class HookText
{
    public const string StartMarker = "# >>> worktree-hooks";
    public const string EndMarker = "# <<< worktree-hooks";

    /// <summary>Stands in the first line of a block whose file did not exist before.</summary>
    public const string MadeFileNote = " [made this file]";

    /// <summary>Stands in the first line of a block whose file ended without a line end before it.</summary>
    public const string AddedLineEndNote = " [added the line end before]";

    /// <summary>Where a hook that is no shell script goes; a digit is appended where that name is taken.</summary>
    public const string ChainedName = "post-checkout.worktree-hooks-chained";

    private const string Explanation =
        " (rewritten by its installer; 'dotnet worktree hooks uninstall' takes it out)";

    /// <summary>
    /// The lines of a hook script. They start no process unless <c>git worktree add</c> calls, and leave the script's
    /// arguments, variables, standard input and exit code alone, also under <c>set -eu</c>. What they source runs in their
    /// subshell: another shell would take a millisecond to start. husky.sh starts the script a second time with
    /// husky_skip_init set.
    /// </summary>
    public static string Block(string notes = "") =>
        $$"""
            {{StartMarker}}{{Explanation}}{{notes}}
            if [ "${3-}" = 1 ] && [ -z "${husky_skip_init-}" ]; then case ${1-} in '' | *[!0]*) ;; *) (
                set +eu
                d=${GIT_DIR-}
                [ -z "$d" ] && [ -f .git ] && IFS= read -r d <.git && d=${d#gitdir: }
                [ -f "$d/commondir" ] && IFS= read -r c <"$d/commondir" || exit 0
                case $c in /* | ?:*) ;; *) c=$d/$c ;; esac
                [ -f "$c/worktree-hooks/bin/post-checkout" ] && . "$c/worktree-hooks/bin/post-checkout"
            ) </dev/null || : ;; esac; fi
            {{EndMarker}}

            """.ReplaceLineEndings("\n");

    /// <summary>A whole hook file of our own that runs the former hook afterwards; its exit code is that one's.</summary>
    /// <param name="chainedName">The file name of the former hook, beside ours.</param>
    public static string ChainingFile(string chainedName) =>
        $"""
            #!/bin/sh
            {Block(
                MadeFileNote
            )}# The former hook was no shell script, or was not executable. Another hook manager may have renamed this file.
            former="{Folder}/{chainedName}"
            [ -x "$former" ] || exit 0
            exec "$former" "$@"

            """.ReplaceLineEndings(
            "\n"
        );

    /// <summary>
    /// The value of <c>hook.worktree-hooks.command</c>, one line. Git runs it by <c>sh -c</c> with <c>"$@"</c> appended
    /// (git-config(1), hook.&lt;name&gt;.command). It never fails, also where the installation was deleted.
    /// </summary>
    public const string ConfiguredCommand =
        "[ \"$3\" = 1 ] || exit 0; case $1 in '' | *[!0]*) exit 0 ;; esac; "
        + "d=$GIT_DIR; [ -z \"$d\" ] && [ -f .git ] && IFS= read -r d <.git && d=${d#gitdir: }; "
        + "[ -f \"$d/commondir\" ] && IFS= read -r c <\"$d/commondir\" || exit 0; "
        + "case $c in /* | ?:*) ;; *) c=$d/$c ;; esac; "
        + "[ -f \"$c/worktree-hooks/bin/post-checkout\" ] || exit 0; "
        + "( . \"$c/worktree-hooks/bin/post-checkout\" ) || :";

    // The script's own folder; git names the hook with a path, at least ".git/hooks/post-checkout".
    private const string Folder = "${0%/*}";
}
