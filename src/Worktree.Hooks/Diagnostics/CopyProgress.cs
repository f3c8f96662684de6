using System.Globalization;

namespace Worktree.Hooks.Diagnostics;

/// <summary>How far a long copy is.</summary>
/// <param name="Activity">What is being done, without a full stop.</param>
/// <param name="Done">Bytes done.</param>
/// <param name="Total">Bytes in all, or 0 where unknown.</param>
/// <param name="Files">Files done.</param>
/// <param name="TotalFiles">Files in all, or 0 where it is one.</param>
/// <param name="Elapsed">Since it began.</param>
internal sealed record CopyProgress(
    string Activity,
    long Done,
    long Total,
    int Files,
    int TotalFiles,
    TimeSpan Elapsed
)
{
    /// <summary><c>copying 'postgres_data' from main: 1.2 GB of 4.9 GB (24 %), 850 MB/s, 5 s left, 132 of 1034 files</c>.</summary>
    public string Text
    {
        get
        {
            var rate = Done / Math.Max(Elapsed.TotalSeconds, 0.001);
            var share =
                Total > 0
                    ? string.Create(
                        CultureInfo.InvariantCulture,
                        $" of {ByteSize.Format(Total)} ({100.0 * Done / Total:0} %)"
                    )
                    : "";
            var left = Total > 0 && rate > 0 ? $", {Left((Total - Done) / rate)} left" : "";
            var files =
                TotalFiles > 0
                    ? string.Create(
                        CultureInfo.InvariantCulture,
                        $", {Files} of {TotalFiles} files"
                    )
                    : "";
            return $"{Activity}: {ByteSize.Format(Done)}{share}, {ByteSize.Format((long)rate)}/s{left}{files}";
        }
    }

    private static string Left(double seconds) =>
        seconds < 100
            ? string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(seconds):0} s")
            : string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(seconds / 60):0} min");
}
