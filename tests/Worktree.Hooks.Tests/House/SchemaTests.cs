using NJsonSchema;
using Worktree.Hooks.Configuration;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Tests.House;

/// <summary>build/worktree.schema.json, which editors read, says what the readers say.</summary>
public sealed class SchemaTests
{
    private static readonly string File = SourceTree.At("build", "worktree.schema.json");

    [Fact]
    public async Task It_knows_the_keys_that_the_readers_know()
    {
        var schema = await JsonSchema.FromFileAsync(File);

        Assert.Equal(ConfigurationReader.KnownKeys.Order(), KeysOf(schema));
        Assert.Equal(PortsReader.KnownKeys.Order(), KeysOf(schema.Definitions["port"]));
        Assert.Equal(DatabasesReader.KnownKeys.Order(), KeysOf(schema.Definitions["database"]));
        Assert.Equal(ServicesReader.KnownKeys.Order(), KeysOf(schema.Definitions["service"]));
        Assert.Equal(ReadyReader.KnownKeys.Order(), KeysOf(schema.Definitions["ready"]));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData(
        """{ "ports": { "APP_PORT": {}, "REDIS_PORT": { "main": 6379, "range": "6380-6478" } } }"""
    )]
    [InlineData("""{ "env": { "URL": "http://${WORKTREE_HOST}", "DEBUG": true, "LEVEL": 3 } }""")]
    [InlineData(
        """{ "databases": [{ "type": "sqlite", "path": "data/app.db", "onStart": "keep", "previous": false }] }"""
    )]
    [InlineData(
        """{ "services": { "app": { "command": "run", "dependsOn": ["db"], "ready": { "tcp": "${APP_PORT}", "timeout": 1.5 } }, "db": { "command": ["a", "b"], "stopTimeout": 3 } } }"""
    )]
    [InlineData(
        """{ "services": { "db": { "image": "postgres:15", "ports": { "POSTGRES_PORT": 5432 }, "volumes": ["./d:/d", "v:/v:ro"], "user": "me", "init": false, "health": "true", "command": ["a"], "env": { "WORKTREE_NAME": "${WORKTREE_NAME}" } } } }"""
    )]
    public Task It_accepts_what_the_reader_accepts(string content)
    {
        ConfigurationReader.Read("worktree.json", System.Text.Encoding.UTF8.GetBytes(content));
        return AssertValid(content, expected: true);
    }

    [Theory]
    [InlineData("""{ "proyect": "a" }""")]
    [InlineData("""{ "project": "!" }""")]
    [InlineData("""{ "ports": { "APP_PORT": { "main": 0 } } }""")]
    [InlineData("""{ "ports": { "APP_PORT": { "main": 65536 } } }""")]
    [InlineData("""{ "ports": { "APP_PORT": { "range": "5002" } } }""")]
    [InlineData("""{ "databases": [{ "type": "sqlite" }] }""")]
    [InlineData("""{ "databases": [{ "type": "mysql", "path": "a" }] }""")]
    [InlineData("""{ "databases": [{ "type": "sqlite", "path": "../a" }] }""")]
    [InlineData("""{ "services": { "app": {} } }""")]
    [InlineData("""{ "services": { "app": { "command": "a", "ready": { "exit": 256 } } } }""")]
    [InlineData("""{ "services": { "app": { "command": "a", "stopTimeout": 0 } } }""")]
    [InlineData("""{ "services": { "app": { "image": "a b" } } }""")]
    [InlineData("""{ "services": { "app": { "image": "a", "workingDirectory": "b" } } }""")]
    [InlineData("""{ "services": { "app": { "image": "a", "ports": ["APP_PORT"] } } }""")]
    [InlineData("""{ "services": { "app": { "image": "a", "volumes": ["./a:b"] } } }""")]
    [InlineData("""{ "services": { "app": { "command": "a", "ports": { "APP_PORT": 1 } } } }""")]
    [InlineData("""{ "services": { "app": { "command": "a", "health": "true" } } }""")]
    public Task It_refuses_what_the_reader_refuses(string content)
    {
        Assert.Throws<Worktree.Hooks.Diagnostics.WorktreeHooksException>(() =>
            ConfigurationReader.Read("worktree.json", System.Text.Encoding.UTF8.GetBytes(content))
        );
        return AssertValid(content, expected: false);
    }

    [Fact]
    public async Task This_repositorys_own_file_is_valid() =>
        await AssertValid(
            await System.IO.File.ReadAllTextAsync(SourceTree.At("worktree.json")),
            expected: true
        );

    private static async Task AssertValid(string content, bool expected)
    {
        var errors = (await JsonSchema.FromFileAsync(File)).Validate(content);
        Assert.True(errors.Count == 0 == expected, string.Join('\n', errors));
    }

    private static IOrderedEnumerable<string> KeysOf(JsonSchema schema) =>
        schema.Properties.Keys.Order();
}
