using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Leases;

/// <summary>A lease, and the text that it was read from, so that thousands of unchanged ones are copied, not written anew.</summary>
/// <param name="Lease">The lease.</param>
/// <param name="Text">Its JSON object as UTF-8; empty where the lease was not read or has changed since.</param>
internal readonly record struct StoredLease(Lease Lease, ReadOnlyMemory<byte> Text);

/// <summary>What a lease file holds.</summary>
/// <param name="Leases">The leases.</param>
/// <param name="Remains">What freed leases left in container engines.</param>
internal sealed record LeaseFile(
    IReadOnlyCollection<StoredLease> Leases,
    IReadOnlyList<Remains> Remains
)
{
    /// <summary>A file that is not there yet.</summary>
    public static readonly LeaseFile Empty = new([], []);
}

/// <summary>
/// The lease file's form: <c>{"version":1,"leases":{"PRIVATE GIT DIR":{…}},"remains":[…]}</c>. Read and written by hand, because a
/// hook waits for it: a serializer takes five times as long for many leases.
/// </summary>
internal static class LeaseFormat
{
    /// <summary>The version that this program writes; it reads no newer one.</summary>
    public const int CurrentVersion = 1;

    /// <summary>The whole file as UTF-8.</summary>
    public static ReadOnlyMemory<byte> Write(LeaseFile file)
    {
        // Large enough at once: growing would copy megabytes to fresh memory.
        var size = file.Leases.Sum(s => s.Text.Length + s.Lease.GitDirectory.Length + 16);
        var buffer = new ArrayBufferWriter<byte>(size + 1024);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("version"u8, CurrentVersion);
            json.WriteStartObject("leases"u8);
            foreach (var (lease, text) in file.Leases)
            {
                json.WritePropertyName(lease.GitDirectory);
                if (text.IsEmpty)
                {
                    Write(json, lease);
                }
                else
                {
                    json.WriteRawValue(text.Span, skipInputValidation: true);
                }
            }
            json.WriteEndObject();
            if (file.Remains.Count > 0)
            {
                RemainsFormat.Write(json, file.Remains);
            }
            json.WriteEndObject();
        }
        return buffer.WrittenMemory;
    }

    /// <summary>What a file holds.</summary>
    /// <exception cref="JsonException">It is not what <see cref="Write(LeaseFile)"/> writes.</exception>
    /// <exception cref="NotSupportedException">Its version is newer; the message is that version.</exception>
    public static LeaseFile Read(ReadOnlyMemory<byte> content)
    {
        try
        {
            return ReadDocument(content);
        }
        catch (InvalidOperationException e) // a value of another kind, or no UTF-8
        {
            throw new JsonException(e.Message, e);
        }
        catch (FormatException e) // a number that is too large
        {
            throw new JsonException(e.Message, e);
        }
    }

    private static LeaseFile ReadDocument(ReadOnlyMemory<byte> content)
    {
        var reader = new Utf8JsonReader(content.Span);
        var leases = new List<StoredLease>();
        IReadOnlyList<Remains> remains = [];
        var isVersioned = false;
        reader.Read();
        reader.EnterObject();
        while (reader.ReadMember())
        {
            if (reader.ValueTextEquals("version"u8))
            {
                reader.Read();
                RequireKnownVersion(reader.GetInt32());
                isVersioned = true;
            }
            else if (reader.ValueTextEquals("leases"u8))
            {
                reader.Read();
                ReadLeases(ref reader, content, leases);
            }
            else if (reader.ValueTextEquals("remains"u8))
            {
                remains = RemainsFormat.ReadAll(ref reader);
            }
            else
            {
                reader.Skip();
            }
        }
        reader.Read(); // anything behind it is an error
        return isVersioned
            ? new LeaseFile(leases, remains)
            : throw new JsonException("The file has no version.");
    }

    // Before the leases are looked at: those of a newer version may have any form.
    private static void RequireKnownVersion(int version)
    {
        if (version > CurrentVersion)
        {
            throw new NotSupportedException(version.ToString(CultureInfo.InvariantCulture));
        }
        if (version < 1)
        {
            throw new JsonException("The file has no version.");
        }
    }

    private static void ReadLeases(
        ref Utf8JsonReader reader,
        ReadOnlyMemory<byte> content,
        List<StoredLease> leases
    )
    {
        var leaseReader = new LeaseReader();
        reader.EnterObject();
        while (reader.ReadMember())
        {
            var gitDirectory = reader.GetString()!;
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            var lease = leaseReader.Read(ref reader, gitDirectory);
            leases.Add(new StoredLease(lease, content[start..(int)reader.BytesConsumed]));
        }
    }

    private static void Write(Utf8JsonWriter json, Lease lease)
    {
        json.WriteStartObject();
        json.WriteString("commonDirectory"u8, lease.CommonDirectory);
        json.WriteString("root"u8, lease.Root);
        json.WriteString("projectName"u8, lease.ProjectName);
        json.WriteString("host"u8, lease.Host);
        json.WriteStartObject("ports"u8);
        foreach (var (name, port) in lease.Ports)
        {
            json.WriteNumber(name, port);
        }
        json.WriteEndObject();
        json.WriteStartArray("mainPorts"u8);
        foreach (var port in lease.MainPorts)
        {
            json.WriteNumberValue(port);
        }
        json.WriteEndArray();
        if (lease.Processes.Count > 0)
        {
            json.WriteStartArray("processes"u8);
            foreach (var process in lease.Processes)
            {
                Write(json, process);
            }
            json.WriteEndArray();
        }
        if (lease.HasContainers)
        {
            json.WriteBoolean("containers"u8, true);
        }
        if (lease.Engines.Count > 0)
        {
            RemainsFormat.Write(json, lease.Engines);
        }
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, ProcessRecord process)
    {
        json.WriteStartObject();
        json.WriteNumber("id"u8, process.Id);
        json.WriteNumber("group"u8, process.Group);
        json.WriteNumber("startTime"u8, process.StartTime);
        json.WriteString("bootId"u8, process.BootId);
        json.WriteEndObject();
    }
}
