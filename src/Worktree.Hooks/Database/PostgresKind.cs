using System.Globalization;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Database;

/// <summary>A PostgreSQL data directory.</summary>
internal sealed class PostgresKind : DirectoryKind
{
    public override bool CanRefresh => true;

    public override bool IsPresent(string path) =>
        FileStat.TryOf(Path.Combine(path, "PG_VERSION")) is not null || base.IsPresent(path);

    public override SourceSession Open(DatabaseCall call, string source)
    {
        RequireDataDirectory(source);
        // Whoever stands in the directory without a postmaster.pid is no server that could be asked.
        if (
            ServerCheck.Evidence(source) is not { } evidence
            || PostmasterFile.TryRead(source) is not { } postmaster
        )
        {
            return new StoppedSource(this, source);
        }
        var login = new PostgresLogin(call, source);
        var backup = new PostgresBackup(
            login.Connect(postmaster, evidence),
            source,
            call.Cancellation
        );
        return new RunningPostgres(source, backup, call.Narrator);
    }

    public override void Detach(
        DatabasePlace place,
        string copy,
        string projectName,
        Narrator narrator
    )
    {
        CloneConfiguration.Correct(place.Source, copy, place.Target, narrator);
        CloneSettings.Write(copy, projectName);
    }

    public override void RequireCopyable(string source)
    {
        RequireDataDirectory(source);
        if (ServerCheck.Evidence(source) is { } evidence)
        {
            throw DatabaseFailure.Running(source, evidence);
        }
    }

    private static void RequireDataDirectory(string source)
    {
        foreach (var file in new[] { "PG_VERSION", PostgresRules.ControlFile })
        {
            if (FileStat.TryOf(Path.Combine(source, file)) is null)
            {
                throw new WorktreeHooksException(
                    ErrorCatalogue.NotADatabase,
                    $"'{source}' is no PostgreSQL data directory: it has no {file}. Let the server finish its first start, "
                        + "or correct \"path\" of the database in worktree.json."
                );
            }
        }
    }

    public override void RequireIdle(string target)
    {
        if (ServerCheck.Evidence(target) is { } evidence)
        {
            throw DatabaseFailure.TargetInUse(evidence);
        }
    }

    public override CopyPlan Plan(string source)
    {
        var control = ControlData.TryRead(source);
        return PostgresTablespaces.Inside(
            CopyPlan.Of(
                TreeScan.Of(source, PostgresRules.IsFollowed),
                e => PostgresRules.IsLeftOut(e.Name, e.Stat.Size, control),
                PostgresRules.ControlFile
            )
        );
    }

    public override void RequireSameSource(CopyPlan plan, string source)
    {
        base.RequireSameSource(plan, source);
        if (ServerCheck.Evidence(source) is { } evidence)
        {
            throw DatabaseFailure.Running(source, evidence);
        }
    }

    public override string FingerprintOf(string path) =>
        ControlFile.Fingerprint(ControlFile.Read(path).Content);

    public override bool IsDamaged(string path) =>
        FileStat.TryOf(Path.Combine(path, PostgresRules.ControlFile)) is null
        || !ControlChecksum.Holds(ControlFile.Read(path).Content);

    public override bool IsUnchanged(string path, string fingerprint) =>
        IsUnchanged(ControlFile.Read(path).Content, fingerprint);

    /// <summary>As <see cref="IsUnchanged(string, string)"/>, of the content of <c>pg_control</c>.</summary>
    public static bool IsUnchanged(byte[] controlFile, string fingerprint)
    {
        var parts = fingerprint.Split('|');
        if (ControlFile.Fingerprint(controlFile) == $"{parts[0]}|{parts[1]}")
        {
            return true;
        }
        // A server that was killed may have committed what its control file does not tell.
        if (ControlData.TryParse(controlFile) is not { IsShutDown: true } control)
        {
            return false;
        }
        // Copied while main ran, it had main's last transactions to replay first: they are nobody's here.
        return parts.Contains(
            control.NextTransaction.ToString(CultureInfo.InvariantCulture),
            StringComparer.Ordinal
        );
    }

    public override CopyPlan Measure(string path) =>
        CopyPlan.Of(TreeScan.Of(path, PostgresRules.IsFollowed), _ => false, lastFile: null);
}
