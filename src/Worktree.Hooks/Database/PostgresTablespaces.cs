using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Database;

/// <summary>
/// Where the tablespaces of a copy lie: in the data directory, behind relative links, so that they move with it and no
/// two clusters share one. (Recovery refuses plain folders in <c>pg_tblspc</c>.)
/// </summary>
internal static class PostgresTablespaces
{
    private const string Links = "pg_tblspc/";

    /// <summary>The folder in the copy.</summary>
    public const string Folder = "worktree_hooks_tblspc";

    /// <summary>The plan with each tablespace's folder moved there, and a link in its place.</summary>
    public static CopyPlan Inside(CopyPlan plan)
    {
        var spaces = plan.Folders.Where(f => IsSpace(f.Name)).ToList();
        if (spaces.Count == 0)
        {
            return plan;
        }
        var parent = plan.Folders.First(f => f.Name == Links.TrimEnd('/')) with { Name = Folder };
        return plan with
        {
            Folders =
            [
                .. plan.Folders.Where(f => !f.Name.StartsWith(Links, StringComparison.Ordinal)),
                parent,
                .. plan
                    .Folders.Where(f => f.Name.StartsWith(Links, StringComparison.Ordinal))
                    .Select(Moved),
            ],
            Files = [.. plan.Files.Select(Moved)],
            Links =
            [
                .. plan.Links,
                .. spaces.Select(s => new PlannedLink(s, $"../{Folder}/{s.Name[Links.Length..]}")),
            ],
        };
    }

    private static bool IsSpace(string name) =>
        name.StartsWith(Links, StringComparison.Ordinal) && name.IndexOf('/', Links.Length) < 0;

    private static ScannedEntry Moved(ScannedEntry entry) =>
        entry.Name.StartsWith(Links, StringComparison.Ordinal)
            ? entry with
            {
                Name = $"{Folder}/{entry.Name[Links.Length..]}",
            }
            : entry;
}
