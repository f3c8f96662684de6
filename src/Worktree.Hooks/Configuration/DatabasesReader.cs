using Worktree.Hooks.Diagnostics;

namespace Worktree.Hooks.Configuration;

/// <summary>Reads <c>"databases"</c>; an empty array says that there are none.</summary>
internal static class DatabasesReader
{
    internal static readonly string[] KnownKeys = ["type", "path", "volume", "onStart", "previous"];

    /// <summary>Reads <c>[{ "type": "sqlite", "path": "data/app.db" }]</c>.</summary>
    public static IReadOnlyList<DatabaseConfiguration> Read(ConfigurationNode node)
    {
        var databases = new List<DatabaseConfiguration>();
        foreach (var item in node.ArrayItems("\"databases\""))
        {
            var database = ReadOne(item);
            if (databases.Find(d => Overlap(d.Path, database.Path)) is { } other)
            {
                throw item.Error(
                    ErrorCatalogue.DuplicateKey,
                    $"'{database.Path}' and '{other.Path}' lie in each other. Name each database once."
                );
            }
            databases.Add(database);
        }
        return databases;
    }

    private static DatabaseConfiguration ReadOne(ConfigurationNode node)
    {
        DatabaseType? type = null;
        string? path = null;
        string? volume = null;
        var onStart = "sync";
        var previous = true;
        foreach (var (key, value) in node.KnownMembers("a database", KnownKeys))
        {
            switch (key)
            {
                case "type":
                    type = Enum.Parse<DatabaseType>(
                        value.OneOf("\"type\"", "postgres", "sqlite", "directory"),
                        ignoreCase: true
                    );
                    break;
                case "path":
                    path = value.PathInWorktree("\"path\" of a database");
                    break;
                case "volume":
                    volume = VolumeName(value);
                    break;
                case "onStart":
                    onStart = value.OneOf("\"onStart\"", "sync", "keep");
                    break;
                default:
                    previous = value.Boolean("\"previous\"");
                    break;
            }
        }
        if (type is null || path is null == volume is null)
        {
            throw node.Error(
                ErrorCatalogue.InvalidValue,
                "A database needs \"type\" and either \"path\" or \"volume\". Write { \"type\": \"postgres\", \"path\": \"postgres_data\" }."
            );
        }
        if (volume is not null && type != DatabaseType.Postgres)
        {
            throw node.Error(
                ErrorCatalogue.InvalidValue,
                "Only a database of type \"postgres\" can lie in a \"volume\". Give this one a \"path\", or take it out."
            );
        }
        return new DatabaseConfiguration
        {
            Type = type.Value,
            Path = path ?? $"volume:{volume}",
            Volume = volume,
            SyncOnStart = onStart == "sync",
            KeepPrevious = previous,
        };
    }

    // https://docs.docker.com/reference/api/engine/: what the engine takes for the name of a volume.
    private static string VolumeName(ConfigurationNode value)
    {
        var name = value.NonEmptyString("\"volume\" of a database");
        return char.IsAsciiLetterOrDigit(name[0]) && name.Length > 1 && name.All(IsVolumeCharacter)
            ? name
            : throw value.Error(
                ErrorCatalogue.InvalidValue,
                $"'{name}' cannot name a volume: a letter or digit, then letters, digits, '_', '.' and '-'. Write it as \"volumes\" of the compose file does."
            );
    }

    private static bool IsVolumeCharacter(char c) =>
        char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-';

    private static bool Overlap(string a, string b)
    {
        var separator = Path.DirectorySeparatorChar;
        return (a + separator).StartsWith(b + separator, StringComparison.Ordinal)
            || (b + separator).StartsWith(a + separator, StringComparison.Ordinal);
    }
}
