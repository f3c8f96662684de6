using System.Text;
using CsCheck;
using Worktree.Hooks.Configuration;
using Worktree.Hooks.Diagnostics;

namespace Worktree.Hooks.Tests.Configuration;

/// <summary>Whatever stands in worktree.json: a configuration or a refusal with a place, never another exception.</summary>
public class ReaderPropertyTests
{
    private static readonly byte[] Valid = Encoding.UTF8.GetBytes(
        """
        {
          "$schema": "./worktree.schema.json", // editors
          "project": "größe", "main": "trunk", "compose": "compose.yml",
          "ports": { "APP_PORT": { "main": 5001, "range": "5002-5100" }, "X": { "main": 1, "range": "2-3" } },
          "env": { "URL": "http://${WORKTREE_HOST}:${APP_PORT}", "N": 1e3, "B": true },
          "databases": [{ "type": "sqlite", "path": "data/app.db", "onStart": "keep", "previous": false }],
          "services": {
            "db": { "command": ["run", "\u00e9"], "ready": { "tcp": "${X}", "timeout": 1.5 } },
            "app": { "command": "x", "dependsOn": ["db"], "ports": ["APP_PORT"], "ready": { "log": "^up$" } },
          }
        }
        """
    );

    private static readonly Gen<byte[]> Mutated = Gen.Select(
            Gen.Int[0, Valid.Length - 1],
            Gen.Int[0, 12],
            Gen.Byte.Array[0, 6]
        )
        .Select((at, removed, inserted) => Replace(Valid, at, removed, inserted));

    // Fragments that mean something, in any order: they get past the parser and into the readers.
    private static readonly Gen<byte[]> Fragments = Gen.OneOf(
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            "null",
            "true",
            "-1",
            "0",
            "65536",
            "1e999",
            "\"\"",
            "\"\\u0000\"",
            "\"..\"",
            "\"ports\":",
            "\"env\":",
            "\"services\":",
            "\"databases\":",
            "\"ready\":",
            "\"APP_PORT\":",
            "\"range\":",
            "\"5-4\"",
            "\"command\":",
            "\"dependsOn\":",
            "\"type\":",
            "\"sqlite\"",
            "\"log\":",
            "\"(?<\"",
            "//x\n"
        )
        .Array[0, 24]
        .Select(parts => Encoding.UTF8.GetBytes("{" + string.Concat(parts) + "}"));

    [Fact]
    public void The_file_that_is_mutated_is_valid_itself() => Assert.True(IsReadOrRefused(Valid));

    [Fact]
    public void Arbitrary_bytes_are_read_or_refused() =>
        Gen.Byte.Array[0, 200].Sample(IsReadOrRefused);

    [Fact]
    public void A_valid_file_with_a_piece_exchanged_is_read_or_refused() =>
        Mutated.Sample(IsReadOrRefused, iter: 20_000);

    [Fact]
    public void A_file_of_meaningful_fragments_is_read_or_refused() =>
        Fragments.Sample(IsReadOrRefused, iter: 20_000);

    [Fact]
    public void The_nearest_name_to_a_name_of_the_list_is_that_name() =>
        Gen.String[Gen.Char.AlphaNumeric, 1, 9]
            .Array[1, 9]
            .Sample(names =>
                names.All(n =>
                    NearestName.To(n, names).Equals(n, StringComparison.OrdinalIgnoreCase)
                )
            );

    private static bool IsReadOrRefused(byte[] content)
    {
        try
        {
            var configuration = ConfigurationReader.Read("worktree.json", content);
            return configuration.Ports.All(p =>
                p.Main is >= 1 and <= 65535
                && p.Range is { First: >= 1, Last: <= 65535, Count: >= 1 }
            );
        }
        catch (WorktreeHooksException e)
        {
            return e.Diagnostic.Definition.Code.StartsWith("WTH300", StringComparison.Ordinal)
                && e.Diagnostic is { Line: >= 1, Column: >= 1 };
        }
    }

    private static byte[] Replace(byte[] content, int at, int removed, byte[] inserted) =>
        [
            .. content.AsSpan(0, at),
            .. inserted,
            .. content.AsSpan(Math.Min(content.Length, at + removed)),
        ];
}
