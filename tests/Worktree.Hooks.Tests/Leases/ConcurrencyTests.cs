using System.Diagnostics;
using System.Security.Cryptography;
using Worktree.Hooks.Leases;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Tests.Leases;

public sealed class ConcurrencyTests : IDisposable
{
    private readonly TestRepository repository = new();

    public ConcurrencyTests() =>
        repository.Write(
            "worktree.json",
            """
            { "ports": {
                "A": { "main": 1, "range": "41000-41098" },
                "B": { "main": 2, "range": "42000-42098" } } }
            """
        );

    public void Dispose() => repository.Dispose();

    [Fact]
    public async Task Sixty_four_processes_at_once_get_different_ports_and_lose_none()
    {
        var roots = Enumerable.Range(0, 64).Select(i => repository.AddWorktree($"w{i}")).ToList();

        await Parallel.ForEachAsync(
            roots,
            new ParallelOptions { MaxDegreeOfParallelism = 64 },
            async (root, cancellation) =>
            {
                using var process = Start(root);
                var said = await process.StandardError.ReadToEndAsync(cancellation);
                await process.WaitForExitAsync(cancellation);
                Assert.True(process.ExitCode == 0, said);
            }
        );

        var leases = Leases();
        Assert.Equal(64, leases.Count);
        Assert.Equal(128, leases.SelectMany(l => l.Ports.Values).Distinct().Count());
        Assert.All(roots, root => AssertFileAgrees(root, leases));
    }

    [Fact]
    public async Task Two_hundred_kills_during_allocation_lose_and_double_no_lease()
    {
        var roots = Enumerable.Range(0, 20).Select(i => repository.AddWorktree($"w{i}")).ToList();
        var known = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var kill = 0; kill < 200; kill++)
        {
            var root = roots[kill % roots.Count];
            File.Delete(Path.Combine(root, ".env.local"));
            using var process = Start(root);
            await Task.Delay(RandomNumberGenerator.GetInt32(0, 160));
            process.Kill();
            await process.WaitForExitAsync();
            AssertNothingLost(known);
        }

        foreach (var root in roots)
        {
            SetupOf.Worktree(repository, root);
        }

        AssertNothingLost(known);
        Assert.Equal(roots.Count, known.Count);
        Assert.All(roots, root => AssertFileAgrees(root, Leases()));
        Assert.Equal(
            ["leases.json", "leases.lock"],
            Directory
                .GetFiles(repository.Environment.StateDirectory)
                .Select(Path.GetFileName)
                .Order()
        );
        Assert.All(
            roots,
            root => Assert.Equal("", repository.GitIn(root, "status", "--porcelain"))
        );
    }

    // A lease that was seen once must be there, unchanged, for ever; and no port may stand in two of them.
    private void AssertNothingLost(Dictionary<string, string> known)
    {
        var leases = Leases();
        var ports = leases.SelectMany(l => l.Ports.Values).ToList();
        Assert.Equal(ports.Count, ports.Distinct().Count());
        var now = leases.ToDictionary(
            l => l.GitDirectory,
            l => string.Join(' ', l.Ports.Values),
            StringComparer.Ordinal
        );
        Assert.All(known, former => Assert.Equal(former.Value, now.GetValueOrDefault(former.Key)));
        foreach (var (gitDirectory, leased) in now)
        {
            known[gitDirectory] = leased;
        }
    }

    private static void AssertFileAgrees(string root, IReadOnlyList<Lease> leases)
    {
        var lease = leases.Single(l => l.Root == root);
        var text = File.ReadAllText(Path.Combine(root, ".env.local"));
        Assert.All(
            lease.Ports,
            p => Assert.Contains($"{p.Key}={p.Value}\n", text, StringComparison.Ordinal)
        );
    }

    private IReadOnlyList<Lease> Leases() =>
        LeaseStore
            .Open(
                repository.Environment,
                Path.Combine(repository.Root, ".git"),
                new RecordingNarrator()
            )
            .Query();

    private Process Start(string root)
    {
        var start = new ProcessStartInfo(RunnerProgram.Path, ["allocate"])
        {
            WorkingDirectory = root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.Environment.Clear();
        foreach (var (name, value) in repository.Environment.Variables)
        {
            start.Environment[name] = value;
        }
        return Process.Start(start)!;
    }
}
