using System.Diagnostics;
using Worktree.Hooks.Leases;

namespace Worktree.Hooks.Benchmarks;

/// <summary>What an allocation costs with many leases, and with many processes at once.</summary>
internal static class LeaseBenchmarks
{
    /// <summary>Whole native processes: <c>allocate</c> of a worktree without a lease, against <c>--version</c>.</summary>
    public static void Run(string publishFolder, int pairs)
    {
        var program = Path.Combine(publishFolder, "dotnet-worktree");
        foreach (var count in new[] { 10, 1_000, 10_000 })
        {
            using var repository = new BenchmarkRepository(files: 1);
            var root = repository.Beside("subject");
            repository.Git("worktree", "add", "--quiet", root);
            File.WriteAllText(
                Path.Combine(repository.Root, "worktree.json"),
                """{ "ports": { "A": { "main": 1, "range": "20000-60000" } } }"""
            );
            var leases = WriteLeases(repository, count);
            Measurement.Compare(
                $"allocation, {count} leases",
                pairs,
                _ => Measurement.Time(repository.Environment, root, program, "--version"),
                _ =>
                {
                    File.WriteAllBytes(
                        Path.Combine(repository.Beside("state"), "leases.json"),
                        leases.Span
                    );
                    File.Delete(Path.Combine(root, ".env.local"));
                    return Measurement.Time(repository.Environment, root, program, "allocate");
                }
            );
        }
    }

    /// <summary>64 processes that allocate at once: no port twice, and how long it took.</summary>
    public static void RunParallel(string publishFolder, int rounds)
    {
        const int Count = 64;
        var program = Path.Combine(publishFolder, "dotnet-worktree");
        using var repository = new BenchmarkRepository(files: 1);
        for (var i = 0; i < Count; i++)
        {
            repository.Git("worktree", "add", "--quiet", "--detach", repository.Beside($"w{i}"));
        }
        var totals = new List<double>();
        var worst = new List<double>();
        for (var round = 0; round < rounds; round++)
        {
            Directory.CreateDirectory(repository.Beside("state"));
            File.Delete(Path.Combine(repository.Beside("state"), "leases.json"));
            var times = new double[Count];
            var watch = Stopwatch.StartNew();
            var threads = Enumerable
                .Range(0, Count)
                .Select(i => new Thread(() =>
                    times[i] = Measurement.Time(
                        repository.Environment,
                        repository.Beside($"w{i}"),
                        program,
                        "allocate"
                    )
                ))
                .ToList();
            threads.ForEach(t => t.Start());
            threads.ForEach(t => t.Join());
            totals.Add(watch.Elapsed.TotalMilliseconds);
            worst.Add(times.Max());
            RequireDistinctPorts(repository, Count);
        }
        Measurement.Print(
            $"64 processes at once: {Measurement.Format(Measurement.Median(totals))} ms in all, the slowest one "
                + $"{Measurement.Format(Measurement.Median(worst))} ms from its start to its end (medians of {rounds} rounds)"
        );
    }

    private static void RequireDistinctPorts(BenchmarkRepository repository, int count)
    {
        var leases = LeaseFormat
            .Read(File.ReadAllBytes(Path.Combine(repository.Beside("state"), "leases.json")))
            .Leases;
        if (
            leases.Count != count
            || leases.SelectMany(l => l.Lease.Ports.Values).Distinct().Count() != 3 * count
        )
        {
            throw new InvalidOperationException("A lease was lost or doubled.");
        }
    }

    private static ReadOnlyMemory<byte> WriteLeases(BenchmarkRepository repository, int count)
    {
        var common = repository.Beside("others/.git");
        Directory.CreateDirectory(repository.Beside("state"));
        var leases = Enumerable
            .Range(0, count)
            .Select(i =>
            {
                var gitDirectory = Path.Combine(common, "worktrees", $"w{i}");
                Directory.CreateDirectory(gitDirectory);
                return new Lease
                {
                    GitDirectory = gitDirectory,
                    CommonDirectory = common,
                    Root = repository.Beside($"others-w{i}"),
                    ProjectName = $"others_w{i}",
                    Host = $"w{i}.dev.localhost",
                    Ports = new Dictionary<string, int>(StringComparer.Ordinal)
                    {
                        ["A"] = 20000 + i,
                    },
                    MainPorts = [443, 5001, 5432],
                };
            });
        return LeaseFormat.Write(new([.. leases.Select(l => new StoredLease(l, default))], []));
    }
}
