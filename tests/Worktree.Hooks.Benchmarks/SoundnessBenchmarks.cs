namespace Worktree.Hooks.Benchmarks;

/// <summary>
/// How many copies of a busy main are sound: ours, refreshed and first ones, and its files copied as they lie. And what
/// main's clients notice of it.
/// </summary>
internal sealed class SoundnessBenchmarks : IDisposable
{
    private const string Balances = """
        SELECT count(*) = 1 FROM (
            SELECT sum(abalance) s FROM pgbench_accounts UNION SELECT sum(tbalance) FROM pgbench_tellers
            UNION SELECT sum(bbalance) FROM pgbench_branches UNION SELECT coalesce(sum(delta), 0) FROM pgbench_history) x
        """;

    private readonly BenchmarkRepository repository = new(files: 10);
    private readonly string program;
    private readonly string worktree;
    private readonly Cluster main;

    private SoundnessBenchmarks(string publishFolder)
    {
        program = Path.Combine(publishFolder, "dotnet-worktree");
        File.SetUnixFileMode(Path.GetDirectoryName(repository.Root)!, (UnixFileMode)0b111_101_101);
        worktree = repository.Beside("feature-x");
        main = new Cluster(
            repository.Environment,
            Path.Combine(repository.Root, "postgres_data"),
            5477
        );
        main.Make(scale: 20);
        repository.Git("worktree", "add", "--quiet", worktree);
        main.Start();
    }

    private string Clone => Path.Combine(worktree, "postgres_data");

    /// <summary>Prints a table of counts and main's throughput.</summary>
    public static void Run(string publishFolder, int copies)
    {
        using var benchmarks = new SoundnessBenchmarks(publishFolder);
        Measurement.Print(
            "| of a busy main | sound | does not start | starts, but is broken |\n|---|---|---|---|"
        );
        using (new Load(benchmarks.main))
        {
            benchmarks.Count(
                "first copy by us",
                copies,
                () => benchmarks.Sh($"rm -rf '{benchmarks.Clone}'"),
                benchmarks.Sync
            );
            benchmarks.Count("refresh by us", copies, () => { }, benchmarks.Sync);
            benchmarks.Count(
                "files copied as they lie (`cp -a`)",
                copies,
                () => benchmarks.Sh($"rm -rf '{benchmarks.Clone}'"),
                () =>
                    benchmarks.Sh(
                        $"cp -a '{benchmarks.main.DataDirectory}' '{benchmarks.Clone}'; rm -f '{benchmarks.Clone}/postmaster.pid'"
                    )
            );
        }
        benchmarks.PrintThroughput(copies);
    }

    public void Dispose()
    {
        main.Succeeds("pg_ctl", "-D", main.DataDirectory, "-m", "immediate", "stop");
        repository.Dispose();
    }

    private void PrintThroughput(int rounds)
    {
        var alone = new List<double>();
        var beside = new List<double>();
        for (var round = 0; round < rounds; round++)
        {
            alone.Add(TransactionsPerSecond(() => { }));
            beside.Add(TransactionsPerSecond(Sync));
        }
        Measurement.Print(
            $"\nMain's transactions a second: {Measurement.Format(Measurement.Median(alone))} without, "
                + $"{Measurement.Format(Measurement.Median(beside))} while one copy after the other is made "
                + $"(medians of {rounds} runs of 3 s); no connection was lost."
        );
    }

    private double TransactionsPerSecond(Action meanwhile)
    {
        using var over = new CancellationTokenSource();
        var copying = Task.Run(() =>
        {
            do
            {
                meanwhile();
                over.Token.WaitHandle.WaitOne(10);
            } while (!over.IsCancellationRequested);
        });
        var throughput = main.Transfers(seconds: 3);
        over.Cancel();
        copying.Wait();
        return throughput;
    }

    private void Count(string what, int copies, Action before, Action copy)
    {
        var (sound, unstartable, broken) = (0, 0, 0);
        for (var i = 0; i < copies; i++)
        {
            before();
            copy();
            switch (IsSound())
            {
                case true:
                    sound++;
                    break;
                case false:
                    broken++;
                    break;
                default:
                    unstartable++;
                    break;
            }
        }
        Measurement.Print($"| {what} | {sound} | {unstartable} | {broken} |");
    }

    // Null where it does not start.
    private bool? IsSound()
    {
        var clone = main.At(Clone, 5478);
        try
        {
            clone.Start();
        }
        catch (InvalidOperationException)
        {
            clone.Succeeds("pg_ctl", "-D", Clone, "-m", "immediate", "stop");
            return null;
        }
        var isSound =
            clone.ClientSucceeds(
                "psql",
                "-d",
                "postgres",
                "-c",
                $"DO $$BEGIN ASSERT ({Balances}); END$$"
            )
            && clone.ClientSucceeds("pg_amcheck", "--heapallindexed", "--parent-check", "postgres");
        clone.Stop();
        return isSound && clone.Succeeds("pg_checksums", "--check", "-D", Clone);
    }

    private void Sync() =>
        Measurement.Time(repository.Environment, worktree, program, "db", "sync");

    private void Sh(string command) =>
        Measurement.Time(repository.Environment, worktree, "sh", "-c", command);
}
