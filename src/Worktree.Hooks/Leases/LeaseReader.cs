using System.Text.Json;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Leases;

/// <summary>
/// Reads one lease after another. What most of them have in common (the repository, the names of the variables, main's
/// ports) is made once.
/// </summary>
internal sealed class LeaseReader
{
    private readonly List<string> variables = [];
    private string commonDirectory = "";
    private IReadOnlyList<int> mainPorts = [];

    /// <summary>Reads the object that the reader stands at; it stands at its end afterwards.</summary>
    /// <exception cref="JsonException">A member is missing or no JSON.</exception>
    /// <exception cref="InvalidOperationException">A member is of another kind.</exception>
    public Lease Read(ref Utf8JsonReader reader, string gitDirectory)
    {
        string? common = null,
            root = null,
            projectName = null,
            host = null;
        Dictionary<string, int>? ports = null;
        IReadOnlyList<int>? mains = null;
        IReadOnlyList<ProcessRecord> processes = [];
        var hasContainers = false;
        IReadOnlyList<EngineUse> engines = [];
        reader.EnterObject();
        while (reader.ReadMember())
        {
            if (reader.ValueTextEquals("commonDirectory"u8))
            {
                common = ReadCommonDirectory(ref reader);
            }
            else if (reader.ValueTextEquals("root"u8))
            {
                root = reader.ReadText();
            }
            else if (reader.ValueTextEquals("projectName"u8))
            {
                projectName = reader.ReadText();
            }
            else if (reader.ValueTextEquals("host"u8))
            {
                host = reader.ReadText();
            }
            else if (reader.ValueTextEquals("ports"u8))
            {
                ports = ReadPorts(ref reader);
            }
            else if (reader.ValueTextEquals("mainPorts"u8))
            {
                mains = ReadMainPorts(ref reader);
            }
            else if (reader.ValueTextEquals("processes"u8))
            {
                processes = ReadProcesses(ref reader);
            }
            else if (reader.ValueTextEquals("containers"u8))
            {
                reader.Read();
                hasContainers = reader.GetBoolean();
            }
            else if (reader.ValueTextEquals("engines"u8))
            {
                engines = RemainsFormat.ReadEngines(ref reader);
            }
            else
            {
                reader.Skip();
            }
        }
        return new Lease
        {
            GitDirectory = gitDirectory,
            CommonDirectory = common ?? throw Missing("commonDirectory"),
            Root = root ?? throw Missing("root"),
            ProjectName = projectName ?? throw Missing("projectName"),
            Host = host ?? throw Missing("host"),
            Ports = ports ?? throw Missing("ports"),
            MainPorts = mains ?? throw Missing("mainPorts"),
            Processes = processes,
            HasContainers = hasContainers,
            Engines = engines,
        };
    }

    private static JsonException Missing(string name) => new($"A lease has no \"{name}\".");

    private string ReadCommonDirectory(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (!reader.ValueTextEquals(commonDirectory))
        {
            commonDirectory = reader.GetString() ?? throw Missing("commonDirectory");
        }
        return commonDirectory;
    }

    private Dictionary<string, int> ReadPorts(ref Utf8JsonReader reader)
    {
        var ports = new Dictionary<string, int>(capacity: 3, StringComparer.Ordinal);
        reader.Read();
        reader.EnterObject();
        while (reader.ReadMember())
        {
            var name = ReadVariable(ref reader);
            reader.Read();
            ports[name] = reader.GetInt32();
        }
        return ports;
    }

    private string ReadVariable(ref Utf8JsonReader reader)
    {
        foreach (var known in variables)
        {
            if (reader.ValueTextEquals(known))
            {
                return known;
            }
        }
        var name = reader.GetString()!;
        variables.Add(name);
        return name;
    }

    private IReadOnlyList<int> ReadMainPorts(ref Utf8JsonReader reader)
    {
        var ports = new List<int>();
        reader.Read();
        reader.EnterArray();
        while (reader.ReadItem())
        {
            ports.Add(reader.GetInt32());
        }
        if (!ports.SequenceEqual(mainPorts))
        {
            mainPorts = ports;
        }
        return mainPorts;
    }

    private static List<ProcessRecord> ReadProcesses(ref Utf8JsonReader reader)
    {
        var processes = new List<ProcessRecord>();
        reader.Read();
        reader.EnterArray();
        while (reader.ReadItem())
        {
            processes.Add(ReadProcess(ref reader));
        }
        return processes;
    }

    private static ProcessRecord ReadProcess(ref Utf8JsonReader reader)
    {
        var process = new ProcessRecord(0, 0, 0, "");
        reader.EnterObject();
        while (reader.ReadMember())
        {
            if (reader.ValueTextEquals("bootId"u8))
            {
                process = process with { BootId = reader.ReadText() };
                continue;
            }
            var isId = reader.ValueTextEquals("id"u8);
            var isGroup = reader.ValueTextEquals("group"u8);
            var isStartTime = reader.ValueTextEquals("startTime"u8);
            reader.Read();
            process =
                isId ? process with { Id = reader.GetInt32() }
                : isGroup ? process with { Group = reader.GetInt32() }
                : isStartTime ? process with { StartTime = reader.GetInt64() }
                : process;
            reader.Skip();
        }
        // Group 0 would be our own, and -1 everybody's (kill(2)).
        return process is { Id: > 1, Group: > 1 }
            ? process
            : throw new JsonException("A process of a lease is not complete.");
    }
}

/// <summary>Steps through objects and arrays.</summary>
internal static class JsonSteps
{
    /// <summary>Makes sure that the reader stands at the beginning of an object.</summary>
    /// <exception cref="JsonException">It stands at something else.</exception>
    public static void EnterObject(this ref Utf8JsonReader reader) =>
        Require(ref reader, JsonTokenType.StartObject);

    /// <summary>Makes sure that the reader stands at the beginning of an array.</summary>
    /// <exception cref="JsonException">It stands at something else.</exception>
    public static void EnterArray(this ref Utf8JsonReader reader) =>
        Require(ref reader, JsonTokenType.StartArray);

    /// <summary>Goes to the name of the next member; false at the object's end.</summary>
    public static bool ReadMember(this ref Utf8JsonReader reader) =>
        reader.Read() && reader.TokenType == JsonTokenType.PropertyName;

    /// <summary>Goes to the next item; false at the array's end.</summary>
    public static bool ReadItem(this ref Utf8JsonReader reader) =>
        reader.Read() && reader.TokenType != JsonTokenType.EndArray;

    /// <summary>Reads the text of the member whose name the reader stands at.</summary>
    /// <exception cref="JsonException">It is null.</exception>
    public static string ReadText(this ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.GetString() ?? throw new JsonException("A text is null.");
    }

    private static void Require(ref Utf8JsonReader reader, JsonTokenType type)
    {
        if (reader.TokenType != type)
        {
            throw new JsonException($"A {reader.TokenType} stands where a {type} belongs.");
        }
    }
}
