using System.Text.Json.Serialization;
using Worktree.Hooks.Diagnostics;

namespace Worktree.Hooks.Configuration;

/// <summary>What a repository says about itself in <c>worktree.json</c>; a repository without one gets the defaults.</summary>
internal sealed record WorktreeConfiguration
{
    /// <summary>The file's name at the repository root.</summary>
    public const string FileName = "worktree.json";

    /// <summary>The file it was read from; null for the defaults.</summary>
    public string? File { get; init; }

    /// <summary><c>"project"</c>; null leaves it to the main worktree's folder name.</summary>
    public string? Project { get; init; }

    /// <summary><c>"main"</c>: the path or the branch of the main worktree; null leaves it to git.</summary>
    public string? Main { get; init; }

    /// <summary><c>"compose"</c>: the compose file to use instead of the one at the root.</summary>
    public string? Compose { get; init; }

    /// <summary><c>"composeTimeout"</c>: how long a start of the compose file waits while no service of it gets ready.</summary>
    public TimeSpan ComposeTimeout { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>The port variables, in the order of the file.</summary>
    public IReadOnlyList<PortVariable> Ports { get; init; } = PortVariable.Defaults;

    /// <summary>Further variables for <c>.env.local</c>, in the order of the file.</summary>
    public IReadOnlyList<EnvEntry> Env { get; init; } = [];

    /// <summary>The databases that a worktree gets a copy of.</summary>
    public IReadOnlyList<DatabaseConfiguration> Databases { get; init; } =
        DatabaseConfiguration.Defaults;

    /// <summary>The services of the stack, in the order of the file.</summary>
    public IReadOnlyList<ServiceConfiguration> Services { get; init; } = [];

    /// <summary>True where a service is an image, so that Worktree.Hooks makes volumes; else Compose does, if anybody.</summary>
    public bool HasImages => Services.Any(s => s.Container is not null);

    /// <summary>
    /// <c>"certificate"</c>: true where a proxy of the stack reads the ASP.NET Core development certificate from files.
    /// </summary>
    public bool Certificate { get; init; }

    /// <summary>
    /// Reads the worktree's own <c>worktree.json</c>, with the ports and variables that main's has gained since; else
    /// main's, else gives the defaults.
    /// </summary>
    /// <exception cref="WorktreeHooksException">WTH3001–WTH3007: what is wrong, and in which line.</exception>
    public static WorktreeConfiguration Load(string root, string? mainRoot)
    {
        var own = Path.Combine(root, FileName);
        var ofMain = mainRoot is null || mainRoot == root ? null : Path.Combine(mainRoot, FileName);
        var hasMain = ofMain is not null && System.IO.File.Exists(ofMain);
        if (!System.IO.File.Exists(own))
        {
            return hasMain
                ? ConfigurationReader.Read(ofMain!, ReadAll(ofMain!))
                : new WorktreeConfiguration();
        }
        var content = ReadAll(own);
        var configuration = ConfigurationReader.Read(own, content);
        return hasMain
            ? ConfigurationDrift.WithGainsOf(ofMain!, configuration, content)
            : configuration;
    }

    private static byte[] ReadAll(string file)
    {
        try
        {
            return System.IO.File.ReadAllBytes(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new WorktreeHooksException(
                ErrorCatalogue.ConfigurationMalformed,
                $"'{file}' cannot be read: {e.Message} Make it readable for this user.",
                e
            );
        }
    }
}

/// <summary>A variable for <c>.env.local</c>; <c>${NAME}</c> in the value is filled in.</summary>
/// <param name="Name">The variable.</param>
/// <param name="Value">Its value, with references.</param>
/// <param name="Source">Where it stands, for complaints about a reference.</param>
internal sealed record EnvEntry(string Name, string Value, ConfigurationNode Source);

/// <summary>What kind of database it is, which decides how it is copied. Answers name it as worktree.json does.</summary>
internal enum DatabaseType
{
    /// <summary>A PostgreSQL data directory.</summary>
    [JsonStringEnumMemberName("postgres")]
    Postgres,

    /// <summary>A SQLite file, copied through SQLite's online backup.</summary>
    [JsonStringEnumMemberName("sqlite")]
    Sqlite,

    /// <summary>Any directory whose server is stopped.</summary>
    [JsonStringEnumMemberName("directory")]
    Directory,
}

/// <summary>A database that lies at the same path in every worktree.</summary>
internal sealed record DatabaseConfiguration
{
    /// <summary>How it is copied.</summary>
    public required DatabaseType Type { get; init; }

    /// <summary>
    /// Its path relative to the worktree's root, with this system's separators. Of a named volume <c>volume:NAME</c>, which
    /// is a name and no path.
    /// </summary>
    public required string Path { get; init; }

    /// <summary>The named volume of the container engine that it lies in, as the compose file calls it; null for a path.</summary>
    public string? Volume { get; init; }

    /// <summary>True (<c>"onStart": "sync"</c>) where the start of a stopped stack refreshes it from main.</summary>
    public bool SyncOnStart { get; init; } = true;

    /// <summary>True where a replaced database that the worktree wrote to is kept beside it.</summary>
    public bool KeepPrevious { get; init; } = true;

    /// <summary>The one database of a repository that says nothing.</summary>
    public static IReadOnlyList<DatabaseConfiguration> Defaults { get; } =
    [new() { Type = DatabaseType.Postgres, Path = "postgres_data" }];
}

/// <summary>How one knows that a service is ready.</summary>
internal enum ReadyKind
{
    /// <summary>The process runs: nothing more is asked.</summary>
    Started,

    /// <summary>A GET of the URL answers with a status below 400. Certificates are not judged.</summary>
    Http,

    /// <summary>Somebody accepts a connection on the port of this machine.</summary>
    Tcp,

    /// <summary><c>pg_isready</c> on the port says that the server accepts connections.</summary>
    PgIsReady,

    /// <summary>A line of the log matches the regular expression.</summary>
    Log,

    /// <summary>The process ended with this exit code: a build step or a migration.</summary>
    Exit,
}

/// <summary>A service's readiness check.</summary>
/// <param name="Kind">What is asked.</param>
/// <param name="Value">URL, port, regular expression or exit code, with <c>${NAME}</c> references.</param>
/// <param name="Timeout">How long to wait for it.</param>
internal sealed record ReadyCheck(ReadyKind Kind, string Value, TimeSpan Timeout);

/// <summary>One service of the stack: a process on this machine, or a container of an image.</summary>
internal sealed record ServiceConfiguration
{
    public required string Name { get; init; }

    /// <summary>
    /// Program and arguments; a command that was written as one string is given to the shell. Of a container: what it is
    /// given in the place of the image's own command; empty for that.
    /// </summary>
    public required IReadOnlyList<string> Command { get; init; }

    /// <summary>What makes it a container; null for a process.</summary>
    public ContainerConfiguration? Container { get; init; }

    /// <summary>The folder it runs in, relative to the worktree's root; empty for the root itself.</summary>
    public string WorkingDirectory { get; init; } = "";

    /// <summary>The services that must be ready before it starts.</summary>
    public IReadOnlyList<string> DependsOn { get; init; } = [];

    /// <summary>The port variables that it listens on: these are probed before it starts.</summary>
    public IReadOnlyList<string> Ports { get; init; } = [];

    /// <summary>Further variables for it alone, with <c>${NAME}</c> references.</summary>
    public IReadOnlyList<EnvEntry> Env { get; init; } = [];

    public ReadyCheck Ready { get; init; } = new(ReadyKind.Started, "", TimeSpan.FromSeconds(60));

    /// <summary>How long it may take to end after SIGTERM before it is killed.</summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(10);

    public required ConfigurationNode Source { get; init; }
}

/// <summary>What a service says that is a container.</summary>
internal sealed record ContainerConfiguration
{
    /// <summary>The image, with <c>${NAME}</c> references.</summary>
    public required string Image { get; init; }

    /// <summary>The ports in the container, by the variable that has the port of this machine.</summary>
    public IReadOnlyDictionary<string, int> Ports { get; init; } = new Dictionary<string, int>();

    /// <summary>Folders and files of this machine, and volumes of the engine, in the container.</summary>
    public IReadOnlyList<VolumeConfiguration> Volumes { get; init; } = [];

    /// <summary>The user that it runs as, with references; null leaves it to the image.</summary>
    public string? User { get; init; }

    /// <summary>False where the image brings a process 1 of its own.</summary>
    public bool Init { get; init; } = true;

    /// <summary>A command of the container's shell that tells whether it is healthy; null leaves it to the image.</summary>
    public string? Health { get; init; }
}

/// <summary>A mount of a container.</summary>
/// <param name="Source">A path, relative to the worktree's root or absolute, with references; or the name of a volume.</param>
/// <param name="IsNamed">True for a volume of the engine, of which each worktree has its own.</param>
/// <param name="Target">The path in the container.</param>
/// <param name="IsWritable">False where the container only reads.</param>
/// <param name="Node">Where it stands, for complaints.</param>
internal sealed record VolumeConfiguration(
    string Source,
    bool IsNamed,
    string Target,
    bool IsWritable,
    ConfigurationNode Node
);
