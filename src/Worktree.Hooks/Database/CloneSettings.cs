using System.Globalization;
using System.Text;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Database;

/// <summary>
/// Keeps a copied PostgreSQL from acting in main's name: the last lines of <c>postgresql.auto.conf</c> win over every
/// other file (PostgreSQL's manual, "Parameter Interaction via the Configuration File").
/// </summary>
internal static class CloneSettings
{
    private const string FileName = "postgresql.auto.conf";

    private static readonly (string Setting, string Why)[] SwitchedOff =
    [
        ("archive_mode = off", "main's archive gets main's WAL alone"),
        ("restore_command = ''", "nor is anything fetched from it"),
        ("archive_cleanup_command = ''", "nor removed"),
        ("recovery_end_command = ''", "nor told"),
        ("primary_conninfo = ''", "it follows no server"),
        ("primary_slot_name = ''", "and uses no slot"),
        ("recovery_target = ''", "it recovers as far as it was copied"),
        ("recovery_target_name = ''", "as above"),
        ("recovery_target_time = ''", "as above"),
        ("recovery_target_xid = ''", "as above"),
        ("recovery_target_lsn = ''", "as above"),
        ("synchronous_standby_names = ''", "no standby of main confirms its commits"),
        ("max_logical_replication_workers = 0", "no subscription takes what main's slot holds"),
        // The name is relative to the data directory, and no copy takes such files along; an empty one is an error in the log.
        ("external_pid_file = 'postmaster.external.pid'", "main's file is main's"),
        ("log_directory = 'log'", "and so is a folder of logs outside"),
    ];

    // Unknown from 15 on, where no server writes such files.
    private static readonly (string Setting, string Why) Statistics = (
        "stats_temp_directory = 'pg_stat_tmp'",
        "two servers would overwrite each other's"
    );

    private const int NoStatisticsFiles = 15;

    /// <summary>Appends the lines to a copy that no server has seen yet.</summary>
    /// <param name="copy">The copy's data directory.</param>
    /// <param name="projectName">The worktree's project name: its <c>cluster_name</c>.</param>
    public static void Write(string copy, string projectName)
    {
        var path = Path.Combine(copy, FileName);
        var former = File.Exists(path) ? File.ReadAllBytes(path) : [];
        var text =
            (former is [] or [.., (byte)'\n'] ? "" : "\n")
            + Text(File.ReadAllText(Path.Combine(copy, "PG_VERSION")), projectName);
        using (var file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.Write))
        {
            RandomAccess.Write(file, Encoding.UTF8.GetBytes(text), former.Length);
        }
        if (FileStat.TryOf(Path.Combine(copy, "PG_VERSION")) is { } like)
        {
            FileMetadata.Apply(path, like);
        }
    }

    /// <summary>The lines.</summary>
    /// <param name="versionFile">The content of the copy's <c>PG_VERSION</c>.</param>
    /// <param name="projectName">The worktree's project name: its <c>cluster_name</c>.</param>
    public static string Text(string versionFile, string projectName)
    {
        var text = new StringBuilder(
            "# worktree-hooks: this is a copy of main's database, and must not act in main's name.\n"
        );
        foreach (var (setting, why) in Lines(versionFile))
        {
            text.Append(setting.PadRight(38)).Append("# ").Append(why).Append('\n');
        }
        return text.Append("cluster_name = '")
            .Append(ShortAscii(projectName))
            .Append("'\n")
            .ToString();
    }

    private static IEnumerable<(string Setting, string Why)> Lines(string versionFile) =>
        int.TryParse(
            versionFile,
            NumberStyles.Integer,
            CultureInfo.InvariantCulture,
            out var version
        )
        && version < NoStatisticsFiles
            ? SwitchedOff.Append(Statistics)
            : SwitchedOff;

    // cluster_name takes 63 printable ASCII characters.
    private static string ShortAscii(string name) => name.Length > 63 ? name[..63] : name;
}
