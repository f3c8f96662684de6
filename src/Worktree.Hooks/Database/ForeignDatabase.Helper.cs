using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Database;

/// <summary>What the helper container is asked, and its end.</summary>
internal sealed partial class ForeignDatabase
{
    // Under the lock, with what killed commands left seen to before, and what is no longer needed deleted after.
    private DatabaseOutcome WithHelper(Func<HelperContainer, DatabaseOutcome> act)
    {
        using var hold = CopyTurn.Wait(call, place);
        var gitDirectory = call.Identity.Checkout.GitDirectory;
        HelperContainer.RemoveLeftOvers(engine, gitDirectory, call.Cancellation);
        Publication.Recover(place);
        try
        {
            using var helper = StartHelper(call.Cancellation);
            RemoveLeftOvers(helper);
            var outcome = act(helper);
            RemoveLeftOvers(helper);
            return outcome;
        }
        catch
        {
            GiveUp(); // the helper is gone, and with it whatever it was writing
            throw;
        }
    }

    private void GiveUp()
    {
        try
        {
            Publication.Recover(place);
            using var helper = StartHelper(CancellationToken.None);
            RemoveLeftOvers(helper);
        }
        catch (Exception e) when (DatabaseFailure.IsExpected(e) || e is EngineException)
        {
            call.Narrator.Say($"'{place.Temporary}' could not be removed: {e.Message}");
        }
    }

    private HelperContainer StartHelper(CancellationToken cancelled) =>
        HelperContainer.Start(
            engine,
            servers[0].ImageId,
            [
                HelperContainer.MountOfMain(null, place.Source),
                HelperContainer.MountOfOwn(null, Path.GetDirectoryName(place.Target)!),
            ],
            call.Identity.Checkout.GitDirectory,
            cancelled
        );

    private void RemoveLeftOvers(HelperContainer helper) =>
        helper.Run(
            """cd "$own"; rm -rf -- "$1" "$2" "$3" "$3"-*""",
            Path.GetFileName(place.Temporary),
            Path.GetFileName(place.Displaced),
            Path.GetFileName(place.Trash)
        );

    private bool IsUntouched(HelperContainer helper, CloneManifest? former)
    {
        var content = helper.Run(
            $"""
            cd "$own/$1"; ! [ -f {PostgresRules.ControlFile} ] || base64 {PostgresRules.ControlFile}
            """,
            Path.GetFileName(place.Target)
        );
        return content.Trim().Length > 0
            ? former is not null
                && PostgresKind.IsUnchanged(
                    ForeignSource.FromBase64(content),
                    former.CloneFingerprint
                )
            : helper.Run("""ls -A "$own/$1" """, Path.GetFileName(place.Target)).Trim().Length == 0;
    }

    private void RequireIdle(HelperContainer helper, string path)
    {
        if (FileStat.TryOf(path) is null)
        {
            return;
        }
        ContainerServer.RequireNone(call.Environment, path, call.Cancellation);
        var file = helper.Run(
            """cat "$own/$1/postmaster.pid" 2>/dev/null || true""",
            Path.GetFileName(path)
        );
        if (file.Length > 0)
        {
            throw DatabaseFailure.TargetInUse(
                $"PostgreSQL may be running in '{path}' (postmaster.pid is there; start its server once and stop it)"
            );
        }
    }
}
