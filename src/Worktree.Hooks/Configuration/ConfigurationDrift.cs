using Worktree.Hooks.Diagnostics;

namespace Worktree.Hooks.Configuration;

/// <summary>
/// What main's <c>worktree.json</c> has gained since a worktree's branch left it: its ports and variables come to the
/// worktree too, whose own entries stay.
/// </summary>
internal static class ConfigurationDrift
{
    /// <summary>The worktree's configuration with what main's has besides and what does not collide with its own.</summary>
    /// <param name="mainFile">Main's file; one that cannot be read, or is wrong, adds nothing: main's own commands tell.</param>
    /// <param name="own">The worktree's configuration.</param>
    /// <param name="ownContent">Its bytes: mostly they are main's, and nothing is to be read twice.</param>
    public static WorktreeConfiguration WithGainsOf(
        string mainFile,
        WorktreeConfiguration own,
        ReadOnlySpan<byte> ownContent
    )
    {
        try
        {
            var content = File.ReadAllBytes(mainFile);
            return ownContent.SequenceEqual(content)
                ? own
                : Add(own, ConfigurationReader.Read(mainFile, content));
        }
        catch (Exception e)
            when (e is IOException or UnauthorizedAccessException or WorktreeHooksException)
        {
            return own;
        }
    }

    private static WorktreeConfiguration Add(WorktreeConfiguration own, WorktreeConfiguration main)
    {
        var names = own
            .Ports.Select(p => p.Name)
            .Concat(own.Env.Select(e => e.Name))
            .ToHashSet(StringComparer.Ordinal);
        var ports = own.Ports.ToList();
        foreach (var port in main.Ports.Where(p => !names.Contains(p.Name)))
        {
            if (!ports.Exists(p => Collide(p, port)))
            {
                ports.Add(port);
                names.Add(port.Name);
            }
        }
        var env = own.Env.ToList();
        foreach (var entry in main.Env.Where(e => !names.Contains(e.Name)))
        {
            if (NamesOnlyKnown(entry, names))
            {
                env.Add(entry);
                names.Add(entry.Name);
            }
        }
        return own with { Ports = ports, Env = env };
    }

    private static bool Collide(PortVariable a, PortVariable b) =>
        a.Main == b.Main
        || a.Range.Overlaps(b.Range)
        || a.Range.Contains(b.Main)
        || b.Range.Contains(a.Main);

    // One that needs what the worktree does not have would be an error in every allocation.
    private static bool NamesOnlyKnown(EnvEntry entry, HashSet<string> names)
    {
        try
        {
            References.Fill(
                entry.Value,
                names
                    .Concat(ConfigurationReader.ReservedNames)
                    .ToDictionary(n => n, _ => "", StringComparer.Ordinal),
                name => entry.Source.Error(ErrorCatalogue.UnknownReference, $"'{name}'")
            );
            return true;
        }
        catch (WorktreeHooksException)
        {
            return false;
        }
    }
}
