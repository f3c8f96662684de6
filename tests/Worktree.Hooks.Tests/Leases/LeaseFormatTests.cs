using System.Text;
using System.Text.Json;
using CsCheck;
using Worktree.Hooks.Leases;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Tests.Leases;

public sealed class LeaseFormatTests
{
    private static readonly Lease Full = new()
    {
        GitDirectory = "/größe \"x\"/.git/worktrees/a",
        CommonDirectory = "/größe \"x\"/.git",
        Root = "/a\\b\n",
        ProjectName = "webserver_a",
        Host = "a.dev.localhost",
        Ports = new Dictionary<string, int>(StringComparer.Ordinal) { ["A"] = 1, ["B"] = 65535 },
        MainPorts = [443, 5001],
        Processes = [new ProcessRecord(7, 8, 1L << 40, "boot"), new ProcessRecord(9, 9, 0, "")],
        Engines =
        [
            new EngineUse("tcp://größe:2375", []),
            new EngineUse("unix:///run/docker.sock", ["aa", "bb"]),
        ],
    };

    private static readonly Lease Plain = Full with
    {
        GitDirectory = "/b/.git",
        CommonDirectory = "/b/.git",
        Ports = new Dictionary<string, int>(StringComparer.Ordinal) { ["C"] = 3 },
        Processes = [],
        Engines = [],
    };

    private static readonly Remains Left = new(
        "/c/.git/worktrees/c",
        "webserver_c",
        "/c \"c\"",
        "tcp://there:2375",
        ["cc"]
    )
    {
        Noted = "0123",
    };

    private static readonly byte[] Written = Write(Full, Plain);

    [Fact]
    public void What_is_written_is_read_again()
    {
        var file = LeaseFormat.Read(Written);
        var leases = file.Leases.Select(s => s.Lease).ToList();

        Assert.Equal(2, leases.Count);
        Assert.True(Full.SameAs(leases[0]));
        Assert.True(Plain.SameAs(leases[1]));
        var left = Assert.Single(file.Remains);
        Assert.Equal(Left with { Volumes = left.Volumes }, left);
        Assert.Equal(Left.Volumes, left.Volumes);
        Assert.Equal(Written, LeaseFormat.Write(file).ToArray());
    }

    [Fact]
    public void A_file_of_a_version_without_engines_and_remains_is_read_and_written_as_it_was()
    {
        const string old = """
            {"version":1,"leases":{"/b/.git":{"commonDirectory":"/b/.git","root":"/b","projectName":"b","host":"b","ports":{"A":1},"mainPorts":[],"containers":true}}}
            """;

        var file = LeaseFormat.Read(Encoding.UTF8.GetBytes(old));

        Assert.Empty(file.Remains);
        Assert.Empty(Assert.Single(file.Leases).Lease.Engines);
        Assert.Equal(old, Encoding.UTF8.GetString(LeaseFormat.Write(file).Span));
    }

    [Fact]
    public void What_another_program_wrote_beside_what_a_lease_left_is_no_damage()
    {
        const string content = """
            {"version":1,"remains":[{"note":{"x":[1]},"gitDirectory":"/a","engine":"tcp://b:1"}],"leases":{}}
            """;

        var left = Assert.Single(LeaseFormat.Read(Encoding.UTF8.GetBytes(content)).Remains);

        Assert.Equal("/a", left.GitDirectory);
        Assert.Equal("tcp://b:1", left.Engine);
        Assert.Empty(left.Volumes);
    }

    [Theory]
    [InlineData("""{"gitDirectory":"/a"}""")]
    [InlineData("""{"gitDirectory":"/a","engine":null}""")]
    [InlineData("""{"engine":"tcp://a:1","volumes":[]}""")]
    public void What_a_lease_left_is_passed_over_where_it_leads_nowhere(string incomplete)
    {
        var content = Encoding
            .UTF8.GetString(Written)
            .Replace("\"remains\":[", $"\"remains\":[{incomplete},", StringComparison.Ordinal);

        var file = LeaseFormat.Read(Encoding.UTF8.GetBytes(content));

        Assert.Equal(2, file.Leases.Count);
        Assert.Equal(Left.GitDirectory, Assert.Single(file.Remains).GitDirectory);
    }

    [Fact]
    public void An_unchanged_lease_keeps_what_another_program_wrote_into_it()
    {
        var content = Encoding
            .UTF8.GetString(Written)
            .Replace("\"host\"", "\"note\": { \"x\": [1] }, \"host\"", StringComparison.Ordinal);

        var again = LeaseFormat.Write(LeaseFormat.Read(Encoding.UTF8.GetBytes(content)));

        Assert.Equal(content, Encoding.UTF8.GetString(again.Span));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"version":0,"leases":{}}""")]
    [InlineData("""{"version":"1","leases":{}}""")]
    [InlineData("""{"version":1,"leases":[]}""")]
    [InlineData("""{"version":1,"leases":{}} {}""")]
    [InlineData("""{"version":1,"leases":{"/a":1}}""")]
    [InlineData("""{"version":1,"leases":{"/a":{}}}""")]
    [InlineData("""{"version":1,"leases":{"/a":{"commonDirectory":null}}}""")]
    [InlineData("""{"version":99999999999}""")]
    [InlineData("""{"version":1,"leases":{},"remains":{}}""")]
    [InlineData("""{"version":1,"leases":{},"remains":[1]}""")]
    [InlineData("""{"version":1,"leases":{"/a":{"engines":["tcp://a"]}}}""")]
    public void Anything_else_is_damage(string content) =>
        Assert.ThrowsAny<JsonException>(() => LeaseFormat.Read(Encoding.UTF8.GetBytes(content)));

    [Theory]
    [InlineData("""{"version":2}""")]
    [InlineData("""{"version":2,"leases":[{"another":"form"}]}""")]
    public void A_newer_version_may_have_any_form(string content) =>
        Assert.Throws<NotSupportedException>(() =>
            LeaseFormat.Read(Encoding.UTF8.GetBytes(content))
        );

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void A_group_that_a_signal_would_not_mean_is_damage(int group)
    {
        var forged = Full with { Processes = [new ProcessRecord(7, group, 1, "boot")] };

        Assert.ThrowsAny<JsonException>(() => LeaseFormat.Read(Write(forged)));
    }

    [Fact]
    public void Damage_of_any_kind_is_damage_and_no_other_exception() =>
        Gen.Select(Gen.Int[0, Written.Length - 1], Gen.Int[0, 12], Gen.Byte.Array[0, 6])
            .Sample(t =>
            {
                var (at, removed, inserted) = t;
                byte[] content =
                [
                    .. Written[..at],
                    .. inserted,
                    .. Written[Math.Min(Written.Length, at + removed)..],
                ];
                try
                {
                    LeaseFormat.Read(content);
                }
                catch (Exception e) when (e is JsonException or NotSupportedException) { }
            });

    private static byte[] Write(params Lease[] leases) =>
        LeaseFormat
            .Write(new LeaseFile([.. leases.Select(l => new StoredLease(l, default))], [Left]))
            .ToArray();
}
