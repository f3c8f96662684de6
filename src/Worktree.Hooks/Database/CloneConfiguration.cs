using System.Text.RegularExpressions;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Database;

/// <summary>
/// The configuration files of a copied PostgreSQL: what in them would lead its server back to main's data is taken out,
/// and what lies outside main's data directory is passed on and said.
/// </summary>
internal sealed partial class CloneConfiguration
{
    private const string MainFile = "postgresql.conf";
    private const int MostIncludes = 100;

    // Read, never written by a server: the copy may use main's.
    private static readonly string[] FileSettings =
    [
        "hba_file",
        "ident_file",
        "ssl_cert_file",
        "ssl_key_file",
        "ssl_ca_file",
        "ssl_crl_file",
        "ssl_crl_dir",
        "ssl_dh_params_file",
        "krb_server_keyfile",
    ];

    private static readonly string[] Includes = ["include", "include_if_exists", "include_dir"];

    private readonly string source;
    private readonly string copy;
    private readonly SortedSet<string> passedOn = new(StringComparer.Ordinal);
    private readonly HashSet<string> seen = new(StringComparer.Ordinal);

    private CloneConfiguration(string source, string copy)
    {
        this.source = source;
        this.copy = copy;
    }

    /// <summary>Corrects the files of a copy that no server has seen yet.</summary>
    /// <param name="source">Main's data directory.</param>
    /// <param name="copy">The copy's.</param>
    /// <param name="target">Where the copy will be.</param>
    /// <param name="narrator">Hears what is passed on, and what cannot be.</param>
    public static void Correct(string source, string copy, string target, Narrator narrator)
    {
        var configuration = new CloneConfiguration(source, copy);
        if (File.Exists(Path.Combine(copy, MainFile)))
        {
            configuration.Correct(MainFile);
        }
        else
        {
            SayWhereItLies(source, target, narrator);
        }
        if (configuration.passedOn.Count > 0)
        {
            narrator.Say(
                $"the copy's server reads files of main's configuration outside the database: {string.Join(", ", configuration.passedOn)}"
            );
        }
    }

    // -c on the command line wins over a data_directory in the file, and -D does not.
    private static void SayWhereItLies(string source, string target, Narrator narrator)
    {
        var options = Path.Combine(source, "postmaster.opts");
        var known = File.Exists(options) ? ConfigFile().Match(File.ReadAllText(options)) : null;
        var file = known is { Success: true } ? known.Groups["path"].Value : "…";
        narrator.Say(
            $"main's {MainFile} lies outside its data directory and was not copied: start the worktree's server with "
                + $"-c config_file='{file}' -c data_directory='{target}'"
        );
    }

    private void Correct(string name)
    {
        var path = Path.Combine(copy, name);
        if (!seen.Add(name) || seen.Count > MostIncludes || !File.Exists(path))
        {
            return;
        }
        var lines = File.ReadAllLines(path, Latin);
        var corrected = lines.Select(l => CorrectLine(l, name)).ToArray();
        if (!lines.SequenceEqual(corrected, StringComparer.Ordinal))
        {
            var like = FileStat.TryOf(path)!;
            AtomicFile.Write(path, Latin.GetBytes(string.Join('\n', corrected) + "\n"));
            FileMetadata.Apply(path, like);
        }
    }

    // Whatever a file's encoding is, its bytes stay.
    private static System.Text.Encoding Latin => System.Text.Encoding.Latin1;

    private string CorrectLine(string line, string file)
    {
        var match = Assignment().Match(line);
        if (!match.Success)
        {
            return line;
        }
        var setting = match.Groups["name"].Value.ToLowerInvariant();
        var value = match.Groups["value"].Value.Replace("''", "'", StringComparison.Ordinal);
        if (setting == "data_directory")
        {
            return $"#{line} # worktree-hooks: this is a copy, and its data are here";
        }
        if (FileSettings.Contains(setting, StringComparer.Ordinal) && Path.IsPathRooted(value))
        {
            return PassOn(setting, value, line);
        }
        return Includes.Contains(setting, StringComparer.Ordinal)
            ? CorrectInclude(setting, value, file, line)
            : line;
    }

    // The name in main, of the file that PostgreSQL would look for beside the one that includes it.
    private string CorrectInclude(string setting, string value, string file, string line)
    {
        var folder = Path.GetDirectoryName(Path.Combine(source, file))!;
        var path = Path.GetFullPath(value, folder);
        var inside = Path.GetRelativePath(source, path);
        if (inside == ".." || inside.StartsWith("../", StringComparison.Ordinal))
        {
            passedOn.Add($"'{path}' ({setting})");
            return Path.IsPathRooted(value) ? line : $"{setting} '{Quoted(path)}'";
        }
        var names =
            setting == "include_dir" && Directory.Exists(Path.Combine(copy, inside))
                ? Directory
                    .GetFiles(Path.Combine(copy, inside), "*.conf")
                    .Select(f => Path.Combine(inside, Path.GetFileName(f)))
                : [inside];
        foreach (var name in names)
        {
            Correct(name);
        }
        // An absolute one would be main's.
        return Path.IsPathRooted(value)
            ? $"{setting} '{Quoted(Path.GetRelativePath(folder, path))}'"
            : line;
    }

    private string PassOn(string setting, string value, string line)
    {
        var inside = Path.GetRelativePath(source, value);
        var isDefault =
            (setting, inside) is ("hba_file", "pg_hba.conf") or ("ident_file", "pg_ident.conf");
        if (isDefault)
        {
            return $"#{line} # worktree-hooks: this is a copy, and has its own";
        }
        passedOn.Add($"'{value}' ({setting})");
        return line;
    }

    private static string Quoted(string path) => path.Replace("'", "''", StringComparison.Ordinal);

    [GeneratedRegex(
        @"^\s*(?<name>[A-Za-z_][\w.]*)(\s*=\s*|\s+)('(?<value>([^']|'')*)'|(?<value>[^\s#']+))",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex Assignment();

    [GeneratedRegex(
        @"config[_-]file=(?<path>[^""\n]+)""",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex ConfigFile();
}
