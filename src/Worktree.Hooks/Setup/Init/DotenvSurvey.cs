using System.Text.RegularExpressions;
using dotenv.net;

namespace Worktree.Hooks.Setup;

/// <summary>The ports in the repository's own environment files, and the values that name somebody's port.</summary>
internal sealed partial class DotenvSurvey
{
    // What main really uses comes before what an example says.
    private static readonly string[] FileNames =
    [
        ".env",
        ".env.development",
        ".env.example",
        ".env.sample",
        ".env.template",
        ".env.dist",
        ".env.defaults",
    ];

    private readonly List<(string File, string Name, string Value)> assignments = [];

    /// <summary>Reads the files at the root.</summary>
    public DotenvSurvey(InitFiles files)
    {
        foreach (var file in FileNames.Intersect(files.All))
        {
            var options = new DotEnvOptions(
                ignoreExceptions: true,
                envFilePaths: [files.FullPath(file)]
            );
            assignments.AddRange(DotEnv.Read(options).Select(v => (file, v.Key, v.Value)));
        }
    }

    /// <summary>The values by name; of several files the first.</summary>
    public IReadOnlyDictionary<string, string> Values =>
        assignments
            .GroupBy(a => a.Name, StringComparer.Ordinal)
            .ToDictionary(g => g.Key, g => g.First().Value, StringComparer.Ordinal);

    /// <summary>Adds what is called a port: PORT and …_PORT. A privileged one of another service (SMTP) is nobody's here.</summary>
    public void AddTo(FoundPorts ports)
    {
        foreach (var (file, name, value) in assignments)
        {
            if (PortName().IsMatch(name) && FoundPort.Parse(value) is >= 1024 or 80 or 443)
            {
                ports.AddNamed(new FoundPort(name, FoundPort.Parse(value)!.Value, file));
            }
        }
    }

    /// <summary>
    /// The variables whose value leads to main's port, such as DATABASE_URL. They are told and not written down: a value
    /// of .env may hold a password, and worktree.json is committed.
    /// </summary>
    public IEnumerable<string> Notes(LocalPorts ports)
    {
        foreach (var (file, name, value) in assignments)
        {
            if (ports.Fill(value) is { } filled)
            {
                var reference = PortReference().Match(filled).Value;
                yield return $"'{name}' in '{file}' leads to main's port: add it to \"env\" of worktree.json with {reference} "
                    + "in place of the number, and each worktree gets its own";
            }
        }
    }

    [GeneratedRegex("^([A-Z0-9_]+_)?PORT$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex PortName();

    [GeneratedRegex(@"\$\{\w+\}", RegexOptions.None, 1000)]
    private static partial Regex PortReference();
}
