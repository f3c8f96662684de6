using System.Text.Json;

namespace Worktree.Hooks.Leases;

/// <summary>
/// The form of what leases leave, <c>"remains":[{"gitDirectory":…,"engine":…,"noted":…,"volumes":[…]}]</c> beside the leases, and of
/// the engines in a lease, <c>"engines":{"ADDRESS":["VOLUME",…]}</c>. Files of older versions have neither.
/// </summary>
internal static class RemainsFormat
{
    /// <summary>Writes the list; the writer stands in the file's object.</summary>
    public static void Write(Utf8JsonWriter json, IReadOnlyList<Remains> remains)
    {
        json.WriteStartArray("remains"u8);
        foreach (var one in remains)
        {
            json.WriteStartObject();
            json.WriteString("gitDirectory"u8, one.GitDirectory);
            json.WriteString("projectName"u8, one.ProjectName);
            json.WriteString("root"u8, one.Root);
            json.WriteString("engine"u8, one.Engine);
            json.WriteString("noted"u8, one.Noted);
            json.WriteStartArray("volumes"u8);
            Write(json, one.Volumes);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    /// <summary>Writes a lease's engines; the writer stands in the lease's object.</summary>
    public static void Write(Utf8JsonWriter json, IReadOnlyList<EngineUse> engines)
    {
        json.WriteStartObject("engines"u8);
        foreach (var (engine, volumes) in engines)
        {
            json.WriteStartArray(engine);
            Write(json, volumes);
        }
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, IReadOnlyList<string> volumes)
    {
        foreach (var volume in volumes)
        {
            json.WriteStringValue(volume);
        }
        json.WriteEndArray();
    }

    /// <summary>Reads the list that the reader stands before.</summary>
    /// <exception cref="JsonException">It is no list of objects.</exception>
    /// <exception cref="InvalidOperationException">A member is of another kind.</exception>
    public static List<Remains> ReadAll(ref Utf8JsonReader reader)
    {
        var remains = new List<Remains>();
        reader.Read();
        reader.EnterArray();
        while (reader.ReadItem())
        {
            // Without these two it leads nowhere, and the leases of everybody are worth more.
            if (Read(ref reader) is { GitDirectory: not "", Engine: not "" } one)
            {
                remains.Add(one);
            }
        }
        return remains;
    }

    /// <summary>Reads a lease's engines, which the reader stands before.</summary>
    /// <exception cref="JsonException">It is no object of lists.</exception>
    /// <exception cref="InvalidOperationException">A member is of another kind.</exception>
    public static List<EngineUse> ReadEngines(ref Utf8JsonReader reader)
    {
        var engines = new List<EngineUse>();
        reader.Read();
        reader.EnterObject();
        while (reader.ReadMember())
        {
            engines.Add(new EngineUse(reader.GetString()!, ReadVolumes(ref reader)));
        }
        return engines;
    }

    private static Remains Read(ref Utf8JsonReader reader)
    {
        var one = new Remains("", "", "", "", []);
        reader.EnterObject();
        while (reader.ReadMember())
        {
            one =
                reader.ValueTextEquals("gitDirectory"u8)
                    ? one with
                    {
                        GitDirectory = ReadTextOrNone(ref reader),
                    }
                : reader.ValueTextEquals("projectName"u8)
                    ? one with
                    {
                        ProjectName = ReadTextOrNone(ref reader),
                    }
                : reader.ValueTextEquals("root"u8) ? one with { Root = ReadTextOrNone(ref reader) }
                : reader.ValueTextEquals("engine"u8)
                    ? one with
                    {
                        Engine = ReadTextOrNone(ref reader),
                    }
                : reader.ValueTextEquals("noted"u8)
                    ? one with
                    {
                        Noted = ReadTextOrNone(ref reader),
                    }
                : reader.ValueTextEquals("volumes"u8)
                    ? one with
                    {
                        Volumes = ReadVolumes(ref reader),
                    }
                : Skipped(ref reader, one);
        }
        return one;
    }

    private static string ReadTextOrNone(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.GetString() ?? "";
    }

    private static Remains Skipped(ref Utf8JsonReader reader, Remains one)
    {
        reader.Skip();
        return one;
    }

    private static List<string> ReadVolumes(ref Utf8JsonReader reader)
    {
        var volumes = new List<string>();
        reader.Read();
        reader.EnterArray();
        while (reader.ReadItem())
        {
            volumes.Add(reader.GetString() ?? throw new JsonException("A volume is null."));
        }
        return volumes;
    }
}
