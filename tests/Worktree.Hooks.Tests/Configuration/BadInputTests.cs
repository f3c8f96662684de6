using System.Runtime.CompilerServices;
using System.Text;
using Worktree.Hooks.Configuration;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Tests.Configuration;

/// <summary>What a mistake in worktree.json is answered with: the snapshots are read as a user would read them.</summary>
public class BadInputTests
{
    [Fact]
    public void Malformed_json_is_answered_with_line_and_column() =>
        MatchRefusals([
            "",
            "// nothing but a comment",
            "/* nothing\n   but a comment */\n",
            "\uFEFF",
            "{",
            "{ \"project\": \"a\" ",
            "{\n  \"project\": \"a\"\n  \"main\": \"b\"\n}",
            "{\n  \"project\": 'a'\n}",
            "{ \"project\": \"a\" } { }",
            "{ \"project\": \"a\nb\" }",
            "{ \"project\": \"half a pair \\ud800\" }",
            "{ \"half a pair \\ud800\": 1 }",
            "{ project: \"a\" }",
            "{ \"ports\": [1, 2 }",
            new string('[', 100),
        ]);

    [Fact]
    public void Text_that_is_no_utf8_is_answered_with_line_and_column()
    {
        byte[] content = [.. "{\n  \"project\": \"Gr"u8, 0xFC, .. "n\" }"u8];

        var refusal = Assert.Throws<WorktreeHooksException>(() =>
            ConfigurationReader.Read("worktree.json", content)
        );

        Assert.Equal(ErrorCatalogue.ConfigurationMalformed, refusal.Diagnostic.Definition);
        Assert.Equal(2, refusal.Diagnostic.Line);
    }

    [Fact]
    public void An_unknown_key_is_answered_with_the_nearest_known_one() =>
        MatchRefusals([
            "{ \"proyect\": \"a\" }",
            "{ \"Project\": \"a\" }",
            "{ \"port\": {} }",
            "{\n  \"ports\": { \"APP_PORT\": { \"rnge\": \"1-2\" } }\n}",
            "{ \"databases\": [{ \"tpye\": \"sqlite\" }] }",
            "{ \"services\": { \"app\": { \"comand\": \"x\" } } }",
            "{ \"services\": { \"app\": { \"command\": \"x\", \"ready\": { \"htp\": \"x\" } } } }",
            "{ \"services\": { \"app\": { \"command\": \"x\", \"dependsOn\": [\"dv\"] }, \"db\": { \"command\": \"x\" } } }",
            "{ \"services\": { \"app\": { \"command\": \"x\", \"dependsOn\": [\"db\"] } } }",
            "{ \"services\": { \"app\": { \"command\": \"x\", \"ports\": [\"AP_PORT\"] } } }",
            "{ \"ports\": {}, \"services\": { \"app\": { \"command\": \"x\", \"ports\": [\"APP_PORT\"] } } }",
        ]);

    [Fact]
    public void Impossible_ports_are_refused() =>
        MatchRefusals([
            Ports("\"APP_PORT\": { \"main\": 0 }"),
            Ports("\"APP_PORT\": { \"main\": 65536 }"),
            Ports("\"APP_PORT\": { \"main\": -1 }"),
            Ports("\"APP_PORT\": { \"main\": 80.5 }"),
            Ports("\"APP_PORT\": { \"main\": \"5001\" }"),
            Ports("\"APP_PORT\": { \"range\": \"0-10\" }"),
            Ports("\"APP_PORT\": { \"range\": \"5002-65536\" }"),
            Ports("\"APP_PORT\": { \"range\": \"5100-5002\" }"),
            Ports("\"APP_PORT\": { \"range\": \"5002\" }"),
            Ports("\"APP_PORT\": { \"range\": \"5002-5050-5100\" }"),
            Ports("\"APP_PORT\": { \"range\": \"a-b\" }"),
            Ports("\"APP_PORT\": { \"range\": 5002 }"),
            Ports("\"APP_PORT\": { \"range\": [5002, 5100] }"),
            Ports("\"REDIS_PORT\": { \"main\": 6379 }"),
            Ports("\"REDIS_PORT\": { \"range\": \"6380-6400\" }"),
            Ports("\"REDIS_PORT\": 6379"),
            Ports("\"REDIS-PORT\": { \"main\": 1, \"range\": \"2-3\" }"),
        ]);

    [Fact]
    public void Ports_that_two_variables_share_are_refused() =>
        MatchRefusals([
            Ports("\"APP_PORT\": {}, \"HTTPS_PORT\": { \"range\": \"4431-5002\" }"),
            Ports(
                "\"A\": { \"main\": 1, \"range\": \"10-20\" }, \"B\": { \"main\": 15, \"range\": \"30-40\" }"
            ),
            Ports(
                "\"A\": { \"main\": 1, \"range\": \"10-20\" }, \"B\": { \"main\": 1, \"range\": \"30-40\" }"
            ),
            Ports("\"A\": { \"main\": 12, \"range\": \"10-20\" }"),
        ]);

    [Fact]
    public void What_is_named_twice_is_refused() =>
        MatchRefusals([
            "{\n  \"project\": \"a\",\n  \"project\": \"b\"\n}",
            Ports("\"APP_PORT\": {}, \"APP_PORT\": { \"main\": 5 }"),
            "{ \"env\": { \"A\": \"1\", \"A\": \"2\" } }",
            "{ \"env\": { \"APP_PORT\": \"1\" } }",
            "{ \"env\": { \"WORKTREE_NAME\": \"me\" } }",
            Ports("\"WORKTREE_HOST\": { \"main\": 1, \"range\": \"2-3\" }"),
            "{ \"databases\": [{ \"type\": \"directory\", \"path\": \"data\" }, { \"type\": \"sqlite\", \"path\": \"./data//app.db\" }] }",
            "{ \"services\": { \"app\": { \"command\": \"x\", \"ready\": { \"tcp\": 1, \"log\": \"x\" } } } }",
        ]);

    [Fact]
    public void A_path_outside_the_worktree_is_refused() =>
        MatchRefusals([
            Database("/var/lib/postgresql"),
            Database("../main/data"),
            Database("data/../../x"),
            Database("data\\\\..\\\\..\\\\x"),
            Database(".git"),
            Database("sub/.GIT/x"),
            Database("."),
            Database("./"),
            Database("a\\u0000b"),
            "{ \"compose\": \"../compose.yml\" }",
            "{ \"services\": { \"app\": { \"command\": \"x\", \"workingDirectory\": \"..\" } } }",
        ]);

    [Fact]
    public void A_value_of_the_wrong_kind_is_refused() =>
        MatchRefusals([
            "null",
            "[]",
            "5",
            "{ \"project\": null }",
            "{ \"project\": \" \" }",
            "{ \"project\": \"#!?_-\" }",
            "{ \"project\": \"日本\" }",
            "{ \"main\": [\"main\"] }",
            "{ \"main\": \"a\\u0000b\" }",
            "{ \"compose\": true }",
            "{ \"ports\": [] }",
            "{ \"env\": \"A=1\" }",
            "{ \"env\": { \"A\": {} } }",
            "{ \"env\": { \"1A\": \"x\" } }",
            "{ \"databases\": {} }",
            "{ \"databases\": [\"postgres_data\"] }",
            "{ \"databases\": [{ \"type\": \"mysql\", \"path\": \"data\" }] }",
            "{ \"databases\": [{ \"type\": \"sqlite\" }] }",
            "{ \"databases\": [{ \"type\": \"sqlite\", \"path\": \"a\", \"onStart\": \"no\" }] }",
            "{ \"databases\": [{ \"type\": \"sqlite\", \"path\": \"a\", \"previous\": \"no\" }] }",
            "{ \"databases\": [{ \"type\": \"sqlite\", \"volume\": \"db-data\" }] }",
            "{ \"databases\": [{ \"type\": \"postgres\", \"volume\": \"db data\" }] }",
            "{ \"databases\": [{ \"type\": \"postgres\", \"volume\": \"db-data\", \"path\": \"a\" }] }",
        ]);

    [Fact]
    public void A_service_that_cannot_run_is_refused() =>
        MatchRefusals([
            "{ \"services\": [] }",
            Service(""),
            Service("\"command\": []"),
            Service("\"command\": \" \""),
            Service("\"command\": [\"x\", 5]"),
            Service("\"command\": [\"x\", \"a\\u0000b\"]"),
            Service("\"command\": \"x\", \"dependsOn\": \"db\""),
            Service("\"command\": \"x\", \"dependsOn\": [\"app\"]"),
            Service("\"command\": \"x\", \"stopTimeout\": 0"),
            Service("\"command\": \"x\", \"stopTimeout\": \"10s\""),
            Service("\"command\": \"x\", \"stopTimeout\": 1e999"),
            Service("\"command\": \"x\", \"ready\": \"http://localhost\""),
            Service("\"command\": \"x\", \"ready\": { \"http\": \"localhost\" }"),
            Service("\"command\": \"x\", \"ready\": { \"tcp\": 65536 }"),
            Service("\"command\": \"x\", \"ready\": { \"pg_isready\": true }"),
            Service("\"command\": \"x\", \"ready\": { \"log\": \"(\" }"),
            Service("\"command\": \"x\", \"ready\": { \"log\": \"\" }"),
            Service("\"command\": \"x\", \"ready\": { \"exit\": 256 }"),
            Service("\"command\": \"x\", \"ready\": { \"timeout\": -1 }"),
            "{ \"services\": { \"a/b\": { \"command\": \"x\" } } }",
            """
            { "services": {
              "outside": { "command": "x", "dependsOn": ["a"] },
              "a": { "command": "x", "dependsOn": ["b"] },
              "b": { "command": "x", "dependsOn": ["c"] },
              "c": { "command": "x", "dependsOn": ["a"] }
            } }
            """,
        ]);

    [Fact]
    public void A_container_that_cannot_run_is_refused() =>
        MatchRefusals([
            Service("\"image\": \" \""),
            Service("\"image\": \"my image\""),
            Service("\"image\": 15"),
            Service("\"image\": \"x\", \"workingDirectory\": \"src\""),
            Service("\"image\": \"x\", \"ports\": [\"APP_PORT\"]"),
            Service("\"image\": \"x\", \"ports\": { \"APP_PORT\": 0 }"),
            Service("\"image\": \"x\", \"ports\": { \"APP_PORT\": \"80/udp\" }"),
            Service("\"image\": \"x\", \"ports\": { \"AP_PORT\": 80 }"),
            Service("\"image\": \"x\", \"volumes\": \"./a:/b\""),
            Service("\"image\": \"x\", \"volumes\": [\"/b\"]"),
            Service("\"image\": \"x\", \"volumes\": [\"./a:b\"]"),
            Service("\"image\": \"x\", \"volumes\": [\"./a:/b:rw,z\"]"),
            Service("\"image\": \"x\", \"volumes\": [\"../a:/b\"]"),
            Service("\"image\": \"x\", \"volumes\": [\"./.git:/b:ro\"]"),
            Service("\"image\": \"x\", \"volumes\": [\"/srv/data:/b\"]"),
            Service("\"image\": \"x\", \"volumes\": [\"a:/b\", \"./c:/b:ro\"]"),
            Service("\"image\": \"x\", \"user\": 1000"),
            Service("\"image\": \"x\", \"init\": \"yes\""),
            Service("\"image\": \"x\", \"health\": [\"true\"]"),
            Service("\"command\": \"x\", \"ports\": { \"APP_PORT\": 80 }"),
            Service("\"command\": \"x\", \"volumes\": []"),
            Service("\"command\": \"x\", \"health\": \"true\""),
            Service("\"command\": \"x\", \"imgae\": \"y\""),
        ]);

    private static string Ports(string content) => $$"""{ "ports": { {{content}} } }""";

    private static string Service(string content) =>
        $$"""{ "services": { "app": { {{content}} } } }""";

    private static string Database(string path) =>
        $$"""{ "databases": [{ "type": "directory", "path": "{{path}}" }] }""";

    private static void MatchRefusals(
        IEnumerable<string> contents,
        [CallerMemberName] string test = ""
    )
    {
        var seen = new StringBuilder();
        foreach (var content in contents)
        {
            var refusal = Assert.Throws<WorktreeHooksException>(() =>
                ConfigurationReader.Read("worktree.json", Encoding.UTF8.GetBytes(content))
            );
            var shown = content.Replace("\uFEFF", "<BOM>", StringComparison.Ordinal);
            seen.Append(shown).Append("\n  => ").Append(refusal.Diagnostic).Append("\n\n");
        }
        Snapshots.Match(seen.ToString(), test: test);
    }
}
