using System.Globalization;

namespace Worktree.Hooks.Benchmarks;

/// <summary>Several ways to do the same thing, run in turn; the first one is what the others are compared to.</summary>
internal sealed class Turns(string what, int rounds, Action clear)
{
    private readonly List<(string Name, Func<double> Run, List<double> Times)> ways = [];

    /// <summary>Done before each round.</summary>
    public Action Before { get; set; } = () => { };

    /// <summary>False where the ways do not do the same.</summary>
    public bool AreAlike { get; init; } = true;

    /// <summary>Adds a way.</summary>
    /// <param name="name">As it is printed.</param>
    /// <param name="run">Does it and returns milliseconds.</param>
    public void Add(string name, Func<double> run) => ways.Add((name, run, []));

    /// <summary>Runs them all, each once without counting, and prints a row of medians for each.</summary>
    public void Print()
    {
        for (var round = -1; round < rounds; round++)
        {
            Before();
            foreach (var way in ways)
            {
                clear();
                var time = way.Run();
                if (round >= 0)
                {
                    way.Times.Add(time);
                }
            }
        }
        Measurement.Print(
            $"\n| {what} | median (s) | least … most | ours is × faster |\n|---|---|---|---|"
        );
        foreach (var (name, _, times) in ways)
        {
            // Pair by pair, as the machine's speed drifts.
            var ratio = AreAlike
                ? Measurement.Format(
                    Measurement.Median([.. times.Zip(ways[0].Times, (t, ours) => t / ours)])
                )
                : "–";
            Measurement.Print(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"| {name} | {Measurement.Median(times) / 1000:0.00} | {times.Min() / 1000:0.00} … {times.Max() / 1000:0.00} | {ratio} |"
                )
            );
        }
    }
}
