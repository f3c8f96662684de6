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
        var spaces = plan.Folders.Where(f => IsSpace(f.Name)).ToLookup(f => IsInside(plan, f));
        if (spaces.Count == 0)
        {
            return plan;
        }
        // What lies in the data directory is copied there: its link keeps leading to it.
        var again = spaces[true].Select(s => s.Name + "/").ToList();
        bool IsOnce(ScannedEntry e) =>
            !again.Exists(a => $"{e.Name}/".StartsWith(a, StringComparison.Ordinal));
        var parent = plan.Folders.First(f => f.Name == Links.TrimEnd('/')) with { Name = Folder };
        return plan with
        {
            Folders =
            [
                .. plan.Folders.Where(f => !f.Name.StartsWith(Links, StringComparison.Ordinal)),
                parent,
                .. plan
                    .Folders.Where(f => f.Name.StartsWith(Links, StringComparison.Ordinal))
                    .Where(IsOnce)
                    .Select(Moved),
            ],
            Files = [.. plan.Files.Where(IsOnce).Select(Moved)],
            Links =
            [
                .. plan.Links,
                .. spaces[false]
                    .Select(s => new PlannedLink(s, $"../{Folder}/{s.Name[Links.Length..]}")),
                .. spaces[true]
                    .Select(s => new PlannedLink(
                        s,
                        $"../{Path.GetRelativePath(plan.Folders[0].FullPath, s.FullPath)}"
                    )),
            ],
        };
    }

    private static bool IsInside(CopyPlan plan, ScannedEntry space) =>
        space.FullPath.StartsWith(
            plan.Folders[0].FullPath + Path.DirectorySeparatorChar,
            StringComparison.Ordinal
        );

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
