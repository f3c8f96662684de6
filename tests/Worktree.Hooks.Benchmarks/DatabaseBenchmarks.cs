using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Benchmarks;

/// <summary>
/// Copies and refreshes of one database by us and by what people use, in turn. TMPDIR decides the file system; what was
/// made before is deleted and on the disk before the next one begins.
/// </summary>
internal sealed class DatabaseBenchmarks : IDisposable
{
    private const int ScalePerGigabyte = 67; // pgbench's unit takes 15 MB
    private const string CopyTree =
        "import shutil, sys; shutil.copytree(sys.argv[1], sys.argv[2], symlinks=True)";

    private readonly BenchmarkRepository repository = new(files: 10);
    private readonly string program;
    private readonly string worktree;
    private readonly Cluster main;
    private readonly bool canReflink;

    private DatabaseBenchmarks(string publishFolder, int gigabytes)
    {
        program = Path.Combine(publishFolder, "dotnet-worktree");
        File.SetUnixFileMode(Path.GetDirectoryName(repository.Root)!, (UnixFileMode)0b111_101_101);
        worktree = repository.Beside("feature-x");
        main = new Cluster(
            repository.Environment,
            Path.Combine(repository.Root, "postgres_data"),
            5477
        );
        main.Make(gigabytes * ScalePerGigabyte);
        repository.Git("worktree", "add", "--quiet", worktree);
        canReflink = FileCloner.CanReflink(
            Path.Combine(main.DataDirectory, "PG_VERSION"),
            repository.Root
        );
    }

    private string Target => repository.Beside("target");

    private string Clone => Path.Combine(worktree, "postgres_data");

    /// <summary>Prints tables of medians.</summary>
    /// <param name="part"><c>refresh</c> or <c>running</c> for those alone, else all.</param>
    /// <param name="publishFolder">The folder of the native executable.</param>
    /// <param name="gigabytes">The size of main's database.</param>
    /// <param name="rounds">How often each is run.</param>
    public static void Run(string part, string publishFolder, int gigabytes, int rounds)
    {
        using var benchmarks = new DatabaseBenchmarks(publishFolder, gigabytes);
        if (part is not ("refresh" or "running"))
        {
            benchmarks.Disk(gigabytes, rounds);
            benchmarks.Stopped(rounds);
        }
        if (part != "running")
        {
            benchmarks.Refreshes(rounds);
        }
        if (part != "refresh")
        {
            benchmarks.Running(rounds);
        }
    }

    public void Dispose()
    {
        main.Succeeds("pg_ctl", "-D", main.DataDirectory, "-m", "immediate", "stop");
        repository.Dispose();
    }

    private void Disk(int gigabytes, int rounds)
    {
        string[] write =
        [
            "dd",
            "if=/dev/zero",
            $"of={Target}",
            "bs=1M",
            $"count={gigabytes << 10}",
        ];
        var table = new Turns("what the disk does with as many bytes", rounds, Clear)
        {
            AreAlike = false,
        };
        table.Add("written (dd)", () => Time(write));
        table.Add(
            "written and on the disk (dd conv=fdatasync)",
            () => Time([.. write, "conv=fdatasync"])
        );
        table.Print();
    }

    private void Stopped(int rounds)
    {
        var table = new Turns("first copy, main stopped", rounds, Clear);
        table.Add("**ours**", Sync);
        table.Add(
            "`shutil.copytree`",
            () => Time("python3", "-c", CopyTree, main.DataDirectory, Target)
        );
        table.Add(
            "`cp -a --reflink=never`",
            () => Time("cp", "-a", "--reflink=never", main.DataDirectory, Target)
        );
        if (canReflink)
        {
            table.Add(
                "`cp -a --reflink=always`",
                () => Time("cp", "-a", "--reflink=always", main.DataDirectory, Target)
            );
        }
        table.Add("`rsync -a`", () => Time("rsync", "-a", $"{main.DataDirectory}/", Target));
        table.Print();
    }

    private void Refreshes(int rounds)
    {
        var table = new Turns("refresh after 100 changed rows, main stopped", rounds, () => { });
        Clear();
        Sync();
        Time("cp", "-a", main.DataDirectory, Target);
        var change = 0;
        table.Before = () =>
        {
            main.Start();
            main.Sql(
                $"UPDATE pgbench_accounts SET abalance = {++change} WHERE aid % 1000 = 7 AND aid < 100000"
            );
            main.Stop();
            Settle();
        };
        table.Add("**ours**", Sync);
        table.Add(
            "`rsync -a --delete`",
            () => Time("rsync", "-a", "--delete", $"{main.DataDirectory}/", Target)
        );
        table.Add(
            "delete, then `shutil.copytree`",
            () =>
                Time(
                    "sh",
                    "-c",
                    $"rm -r '{Target}' && exec python3 -c '{CopyTree}' '{main.DataDirectory}' '{Target}'"
                )
        );
        table.Print();
        var idle = new Turns("refresh, nothing changed", rounds, () => { });
        idle.Add("**ours**", Sync);
        idle.Add(
            "`rsync -a --delete`",
            () => Time("rsync", "-a", "--delete", $"{main.DataDirectory}/", Target)
        );
        idle.Print();
    }

    private void Running(int rounds)
    {
        main.Start();
        var table = new Turns("copy of a running main, idle", rounds, Clear);
        table.Add("**ours**", Sync);
        AddBaseBackup(table);
        table.Add(
            "`CREATE DATABASE … TEMPLATE`",
            () =>
            {
                var seconds = Time(
                    main.ClientCommand(
                        "psql",
                        "-q",
                        "-d",
                        "template1",
                        "-c",
                        "CREATE DATABASE copied TEMPLATE postgres"
                    )
                );
                main.Sql("DROP DATABASE copied"); // the others copy main, and it was larger by it
                return seconds;
            }
        );
        table.Print();
        using (new Load(main))
        {
            var busy = new Turns("copy of a running main under pgbench -c 4", rounds, Clear);
            busy.Add("**ours**", Sync);
            AddBaseBackup(busy);
            busy.Print();
        }
        main.Stop();
    }

    private void AddBaseBackup(Turns table) =>
        table.Add(
            "`pg_basebackup -c fast`",
            () =>
            {
                Time("install", "-d", "-o", "postgres", "-m", "700", Target);
                return Time(main.ClientCommand("pg_basebackup", "-c", "fast", "-D", Target));
            }
        );

    private double Sync() => Time(program, "db", "sync");

    private double Time(params string[] command) =>
        Measurement.Time(repository.Environment, worktree, command[0], command[1..]);

    private void Clear()
    {
        Time("rm", "-rf", Target, Clone);
        Settle();
    }

    private void Settle() => Time("sync");
}
