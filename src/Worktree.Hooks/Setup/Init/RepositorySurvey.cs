using Worktree.Hooks.Configuration;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Setup;

/// <summary>What <c>init</c> finds in a repository; changes nothing.</summary>
internal sealed record RepositorySurvey
{
    /// <summary>The files that were looked at.</summary>
    public required InitFiles Files { get; init; }

    /// <summary>Solutions, relative to the root with slashes, those nearest to the root first.</summary>
    public required IReadOnlyList<string> Solutions { get; init; }

    /// <summary>True where MSBuild builds anything here.</summary>
    public required bool HasProjects { get; init; }

    /// <summary>The projects whose launchSettings.json names an address.</summary>
    public required IReadOnlyList<LaunchSettings> WebProjects { get; init; }

    /// <summary>The compose file where it has to be named; null where there is none or it lies at the root.</summary>
    public required string? ComposeElsewhere { get; init; }

    /// <summary>The variables of the ports that were found, else the three of every repository.</summary>
    public required IReadOnlyList<PortVariable> Ports { get; init; }

    /// <summary>Where each port was found, by variable.</summary>
    public required IReadOnlyDictionary<string, string> Sources { get; init; }

    /// <summary>Further variables for "env", with references.</summary>
    public required IReadOnlyList<KeyValuePair<string, string>> Env { get; init; }

    /// <summary>The databases that each worktree is to have.</summary>
    public required IReadOnlyList<DatabaseConfiguration> Databases { get; init; }

    /// <summary>What a person has to look at.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>Looks at a work tree.</summary>
    public static RepositorySurvey Of(string root, HostEnvironment environment)
    {
        var files = new InitFiles(root);
        var composeFile = FindCompose(files);
        var compose = composeFile is null ? null : ComposeSurvey.TryRead(files, composeFile);
        var dotenv = new DotenvSurvey(files);
        var projects = LaunchSettings.Find(files);

        var found = new FoundPorts();
        foreach (var project in projects)
        {
            project.AddTo(found);
        }
        compose?.AddTo(found, dotenv.Values);
        dotenv.AddTo(found);

        var ports = found.Ports.Count == 0 ? PortVariable.Defaults : InitRanges.Choose(found.Ports);
        var local = new LocalPorts(ports);
        var settings = new AppSettings(files, local, environment);
        var aliases = found.Aliases.Select(a => KeyValuePair.Create(a.Name, $"${{{a.SameAs}}}"));
        return new RepositorySurvey
        {
            Files = files,
            Solutions =
            [
                .. files
                    .WithExtension(".sln", ".slnx")
                    .OrderBy(f => f.Count(c => c == '/'))
                    .ThenBy(f => f, StringComparer.Ordinal),
            ],
            HasProjects = files.WithExtension(InitFiles.ProjectExtensions).Any(),
            WebProjects = projects,
            ComposeElsewhere = composeFile?.Contains('/') == true ? composeFile : null,
            Ports = ports,
            Sources = found.Ports.ToDictionary(p => p.Name, p => p.Source, StringComparer.Ordinal),
            Env = [.. aliases, .. settings.Variables],
            Databases = DatabaseSurvey.Find(files, compose),
            Notes = [.. settings.Notes, .. dotenv.Notes(local)],
        };
    }

    private static string? FindCompose(InitFiles files) =>
        ComposeSurvey
            .FileNames.SelectMany(files.Named)
            .OrderBy(f => f.Count(c => c == '/'))
            .FirstOrDefault();
}
