namespace Worktree.Hooks.Benchmarks;

/// <summary>What the hook costs: <c>git worktree add</c> and <c>git checkout</c> with and without it.</summary>
internal static class HookBenchmarks
{
    /// <summary>Compares two equal repositories, one with the hook of <paramref name="publishFolder"/> installed.</summary>
    public static void Run(string publishFolder, int pairs)
    {
        using var plain = new BenchmarkRepository();
        using var hooked = new BenchmarkRepository();
        Measurement.Time(
            hooked.Environment,
            hooked.Root,
            Path.Combine(publishFolder, "dotnet-worktree"),
            "hooks",
            "install"
        );
        Measurement.Compare("git worktree add", pairs, i => Add(plain, i), i => Add(hooked, i));
        if (!File.Exists(Path.Combine(hooked.Beside("w0"), ".env.local")))
        {
            throw new InvalidOperationException(
                "The hook did not run, so there is nothing to compare."
            );
        }
        Measurement.Compare(
            "git checkout",
            pairs,
            i => Checkout(plain, i),
            i => Checkout(hooked, i)
        );
        Measurement.Compare(
            "git checkout, twice without",
            pairs,
            i => Checkout(plain, i),
            i => Checkout(plain, i + 1)
        );
    }

    // Removed again, so that ninety-nine worktrees are no limit; the removal is not timed.
    private static double Add(BenchmarkRepository repository, int i)
    {
        var time = repository.Git(
            "worktree",
            "add",
            "--quiet",
            "--detach",
            repository.Beside($"w{i}")
        );
        if (i > 0)
        {
            repository.Git("worktree", "remove", "--force", repository.Beside($"w{i}"));
        }
        return time;
    }

    private static double Checkout(BenchmarkRepository repository, int i) =>
        repository.Git("checkout", "--quiet", i % 2 == 0 ? "other" : "main");
}
