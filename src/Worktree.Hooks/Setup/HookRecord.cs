using System.Globalization;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Setup;

/// <summary>The way in which git comes to call us.</summary>
internal enum HookWay
{
    /// <summary>It does not: builds and StartStack do the work.</summary>
    None,

    /// <summary>By <c>hook.worktree-hooks.*</c> in the common config, git 2.54 and later.</summary>
    Configuration,

    /// <summary>By our block in the effective post-checkout hook.</summary>
    HookFile,
}

/// <summary>
/// What the last installation did, so that the next one finds out without starting git that nothing is to be done, and
/// that uninstalling knows what was made. Lines of <c>name=value</c>.
/// </summary>
internal sealed record HookRecord
{
    public required HookWay Way { get; init; }

    /// <summary>The hook file; null unless <see cref="Way"/> is <see cref="HookWay.HookFile"/>.</summary>
    public string? HookFile { get; init; }

    /// <summary>The hooks folder where we made it; null where it was there.</summary>
    public string? MadeFolder { get; init; }

    /// <summary>The fingerprint of the executable folder that was offered.</summary>
    public required string Offered { get; init; }

    /// <summary>Length and time of the common config: a changed one may name another core.hooksPath.</summary>
    public required string ConfigStamp { get; init; }

    /// <summary>The record of an installation; null where there is none that can be read.</summary>
    public static HookRecord? TryLoad(HookHome home)
    {
        if (!File.Exists(home.RecordFile))
        {
            return null;
        }
        var values = File.ReadAllLines(home.RecordFile)
            .Select(line => line.Split('=', 2))
            .Where(parts => parts.Length == 2)
            .GroupBy(parts => parts[0], parts => parts[1], StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.Last(), StringComparer.Ordinal);
        return Enum.TryParse<HookWay>(values.GetValueOrDefault("way"), out var way)
            ? new HookRecord
            {
                Way = way,
                HookFile = values.GetValueOrDefault("hook-file"),
                MadeFolder = values.GetValueOrDefault("made-folder"),
                Offered = values.GetValueOrDefault("offered", ""),
                ConfigStamp = values.GetValueOrDefault("config", ""),
            }
            : null;
    }

    public void Save(HookHome home)
    {
        var lines = new List<string>
        {
            $"way={Way}",
            $"offered={Offered}",
            $"config={ConfigStamp}",
        };
        if (HookFile is not null)
        {
            lines.Add($"hook-file={HookFile}");
        }
        if (MadeFolder is not null)
        {
            lines.Add($"made-folder={MadeFolder}");
        }
        AtomicFile.WriteText(home.RecordFile, string.Join('\n', lines) + "\n");
    }

    /// <summary>The stamp of a common dir's config as it is now.</summary>
    public static string StampOf(string commonDirectory)
    {
        var config = new FileInfo(Path.Combine(commonDirectory, "config"));
        return config.Exists
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"{config.Length}-{config.LastWriteTimeUtc.Ticks}"
            )
            : "";
    }
}
