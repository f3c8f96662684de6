using System.Diagnostics;
using System.Globalization;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Benchmarks;

/// <summary>Times whole processes, always in turn with what they are compared to, so that a machine's drift hits both.</summary>
internal static class Measurement
{
    /// <summary>Runs two commands in turn and prints both medians and the median of the differences, pair by pair.</summary>
    public static void Compare(
        string what,
        int pairs,
        Func<int, double> baseline,
        Func<int, double> subject
    )
    {
        // Not counted: the first ones fill the caches.
        baseline(-1);
        subject(-1);
        var base_ = new List<double>();
        var ours = new List<double>();
        for (var i = 0; i < pairs; i++)
        {
            // Who goes first changes, as the second one finds warmer caches.
            if (i % 2 == 0)
            {
                base_.Add(baseline(i));
                ours.Add(subject(i));
            }
            else
            {
                ours.Add(subject(i));
                base_.Add(baseline(i));
            }
        }
        var differences = ours.Zip(base_, (o, b) => o - b).ToList();
        Print(
            $"| {what} | {Format(Median(base_))} | {Format(Median(ours))} | {Format(Median(differences))} | "
                + $"{Format(Quantile(differences, 0.1))} … {Format(Quantile(differences, 0.9))} | {pairs} |"
        );
    }

    public static void PrintHeader() =>
        Print(
            "| what | without (ms) | with (ms) | difference (ms) | 10 % … 90 % | pairs |\n|---|---|---|---|---|---|"
        );

    /// <summary>Runs a program to its end; returns milliseconds. It must succeed.</summary>
    public static double Time(
        HostEnvironment environment,
        string folder,
        string program,
        params string[] arguments
    )
    {
        var watch = Stopwatch.StartNew();
        var result = ChildProcess.Run(environment, folder, program, arguments);
        watch.Stop();
        return result.ExitCode == 0
            ? watch.Elapsed.TotalMilliseconds
            : throw new InvalidOperationException(
                $"{program} {string.Join(' ', arguments)}: {result.Output}{result.ErrorOutput}"
            );
    }

    public static double Median(IReadOnlyList<double> values) => Quantile(values, 0.5);

    public static double Quantile(IReadOnlyList<double> values, double share) =>
        values.Order().ElementAt((int)Math.Round(share * (values.Count - 1)));

    public static string Format(double value) =>
        value.ToString("0.0", CultureInfo.InvariantCulture);

    public static void Print(string line) => Console.WriteLine(line);
}
