using System.Globalization;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Database;

/// <summary>Main's database and its copy, as people and a helper container name them.</summary>
/// <param name="Source">Main's folder or volume.</param>
/// <param name="Temporary">The copy, relative to <c>$own</c>.</param>
/// <param name="IsVolume">True for a named volume.</param>
internal sealed record ForeignPlace(string Source, string Temporary, bool IsVolume)
{
    /// <summary>Main's database in a sentence.</summary>
    public string Quoted => IsVolume ? $"volume '{Source}'" : $"'{Source}'";
}

/// <summary>Main's database as a helper container sees it: stopped, or running in its server's backup mode.</summary>
internal sealed class ForeignSource : IDisposable
{
    private const string ReadControlFile = $"base64 \"$main/{PostgresRules.ControlFile}\"";

    private readonly HelperContainer helper;
    private readonly ForeignPlace place;
    private readonly ContainerBackup? backup;
    private readonly string configuration;
    private readonly string state;
    private readonly string postmaster;

    private ForeignSource(
        HelperContainer helper,
        ForeignPlace place,
        string postmaster,
        ContainerBackup? backup
    )
    {
        this.helper = helper;
        this.place = place;
        this.postmaster = postmaster;
        this.backup = backup;
        configuration = TextHash.Hex(helper.Run("""cat "$main"/*.conf"""), 16);
        state =
            backup?.Snapshot ?? ControlFile.Fingerprint(FromBase64(helper.Run(ReadControlFile)));
    }

    /// <summary>Tells one state of main's database from another; two equal ones hold the same data.</summary>
    public string Fingerprint =>
        $"{(backup is null ? "stopped" : "running")} {state} {configuration}";

    /// <summary>False where a change may come that <see cref="Fingerprint"/> would not show.</summary>
    public bool IsSettled => backup is null || PostgresBackup.IsQuiet(state);

    /// <summary>Looks whether it runs, and begins a session with its server then.</summary>
    /// <exception cref="WorktreeHooksException">WTH4002: it cannot be asked for a backup. WTH4007: it is no database, or one with links.</exception>
    public static ForeignSource Open(
        ContainerEngine engine,
        IReadOnlyList<ContainerServer> servers,
        HelperContainer helper,
        ForeignPlace place,
        CancellationToken cancellation
    )
    {
        RequireDataDirectory(helper, place);
        var served = Postmaster(helper);
        var running = servers.Where(s => s.Container.IsRunning).ToList();
        if (running.Count == 0)
        {
            // What a killed container left in a volume is nobody's: only containers have it.
            return served.Length == 0 || place.IsVolume
                ? new ForeignSource(helper, place, served, backup: null)
                : throw DatabaseFailure.Running(
                    place.Source,
                    $"PostgreSQL may be running in {place.Quoted} (postmaster.pid is there, and no running container has it mounted)"
                );
        }
        var refusals = new List<string>();
        foreach (var server in running)
        {
            ContainerBackup? session = null;
            try
            {
                session = new ContainerBackup(engine, server, cancellation);
                if (session.PostmasterFile == served)
                {
                    return new ForeignSource(helper, place, served, session);
                }
                refusals.Add($"{server.Container} serves another directory");
            }
            catch (IOException e)
            {
                refusals.Add($"{server.Container}: {e.Message}");
            }
            session?.Dispose();
        }
        throw DatabaseFailure.Running(
            place.Source,
            $"PostgreSQL is running in {place.Quoted}, and psql in its container could not ask it for a backup: {string.Join("; ", refusals)}"
        );
    }

    /// <summary>Makes a whole copy beside the worktree's database.</summary>
    /// <exception cref="IOException">The disk is full, or something could not be copied.</exception>
    /// <exception cref="WorktreeHooksException">WTH4002: main changed, or its server refuses.</exception>
    public CloneManifest CopyTo(string projectName, CloneManifest draft)
    {
        var isReflink = RequireSpace();
        try
        {
            backup?.Begin();
            var name = place.Temporary;
            helper.Run(ForeignScripts.Copy, name, backup is null ? "" : "running");
            var control = ReadControl();
            var third = backup is null ? "" : $"|{NextTransaction(backup)}";
            if (backup is not null)
            {
                CopyWal(backup.End(), backup.SegmentBytes, name);
            }
            helper.Run(
                ForeignScripts.Complete,
                name,
                CloneSettings.Text(helper.Run("""cat "$main/PG_VERSION" """), projectName),
                Convert.ToBase64String(control)
            );
            RequireSame();
            var size = helper
                .Run(ForeignScripts.Measure, name)
                .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            return draft with
            {
                Method =
                    (isReflink ? "reflink" : "copy")
                    + ", by a helper container"
                    + (backup is null ? "" : ", main kept running"),
                Bytes = long.Parse(size[0], CultureInfo.InvariantCulture) * 1024,
                Files = int.Parse(size[1], CultureInfo.InvariantCulture),
                CloneFingerprint = ControlFile.Fingerprint(control) + third,
            };
        }
        catch (IOException e) when (backup is not null && !PosixError.IsDiskFull(e))
        {
            throw DatabaseFailure.Running(
                place.Source,
                $"the backup of the running {place.Quoted} failed: {e.Message}"
            );
        }
    }

    /// <summary>What <c>base64</c> wrote, in lines.</summary>
    public static byte[] FromBase64(string lines) => Convert.FromBase64String(lines);

    public void Dispose() => backup?.Dispose();

    // Every commit before is below it. A commit after makes the copy count as written to, which loses nothing.
    private static string NextTransaction(ContainerBackup backup)
    {
        var snapshot = backup.Snapshot;
        return PostgresBackup.IsQuiet(snapshot) ? snapshot.Split(' ')[1].Split(':')[1] : "";
    }

    private static void RequireDataDirectory(HelperContainer helper, ForeignPlace place)
    {
        var found = helper.Run(ForeignScripts.Look).Trim();
        if (found.Length > 0)
        {
            throw new WorktreeHooksException(
                ErrorCatalogue.NotADatabase,
                $"{place.Quoted} {found}. Correct it, or \"path\" of the database in worktree.json; a user who may read it can "
                    + "run 'dotnet worktree db sync' without a helper container."
            );
        }
    }

    private static string Postmaster(HelperContainer helper) =>
        helper.Run("""cat "$main/postmaster.pid" 2>/dev/null || true""");

    private byte[] ReadControl()
    {
        for (var attempt = 1; ; attempt++)
        {
            var content = FromBase64(helper.Run(ReadControlFile));
            if (ControlChecksum.Holds(content))
            {
                return content;
            }
            if (attempt == 20)
            {
                throw new SourceChangedException(
                    $"'{place.Source}/{PostgresRules.ControlFile}' has no valid checksum"
                );
            }
        }
    }

    private void CopyWal(BackupEnd end, long bytes, string name)
    {
        foreach (
            var chunk in WalSegment
                .Range(WalSegment.FirstOf(end.Label), end.StopSegment, bytes)
                .Chunk(500)
        )
        {
            helper.Run(ForeignScripts.CopyWal, [name, .. chunk]);
        }
        helper.Run(ForeignScripts.Label, name, end.Label);
    }

    private void RequireSame()
    {
        if (
            backup is null
            && (
                Postmaster(helper) != postmaster
                || ControlFile.Fingerprint(FromBase64(helper.Run(ReadControlFile))) != state
            )
        )
        {
            throw new SourceChangedException("a server was started on it");
        }
    }

    private bool RequireSpace()
    {
        if (helper.Run(ForeignScripts.CanReflink, place.Temporary + "-probe").Trim() == "yes")
        {
            return true;
        }
        var kilobytes = helper
            .Run(ForeignScripts.Space)
            .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
            .Select(k => long.Parse(k, CultureInfo.InvariantCulture) * 1024)
            .ToList();
        return kilobytes[1] < kilobytes[0]
            ? throw new SpaceMissingException(kilobytes[0], kilobytes[1])
            : false;
    }
}
