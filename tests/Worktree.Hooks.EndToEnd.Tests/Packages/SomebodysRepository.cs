using System.Net.Http.Json;
using System.Text.Json;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.EndToEnd.Tests.Packages;

/// <summary>
/// What build/somebodys-repository.sh made of the SDK's templates, as a repository of its own: it takes nothing from us but
/// the packages. Skips where that script was not run, and where there is no engine of its own (build/with-engine.sh).
/// </summary>
internal sealed class SomebodysRepository : IDisposable
{
    private static readonly HostEnvironment Captured = HostEnvironment.Capture();

    private readonly Consumer consumer;
    private readonly string made;
    private readonly List<RunningServer> servers = [];
    private readonly HttpClient client = new();

    private SomebodysRepository(PackageFeed feed, string made)
    {
        this.made = made;
        consumer = feed.CreateConsumer();
        foreach (var file in new[] { "nuget.config", ".gitignore" })
        {
            File.Delete(Path.Combine(consumer.Root, file));
        }
        Require(Main, "cp", "-r", $"{Path.Combine(made, "shop")}/.", Main);
        Require(Main, "cp", "-r", Path.Combine(made, "home"), Home);
        // Where somebody's NuGet looks is not what is tried here: the packages lie on this machine.
        Directory.CreateDirectory(Path.Combine(Home, ".nuget", "NuGet"));
        File.WriteAllText(
            Path.Combine(Home, ".nuget", "NuGet", "NuGet.Config"),
            $"<configuration><packageSources><add key=\"feed\" value=\"{feed.Folder}\" /></packageSources></configuration>"
        );
        consumer.Commit();
        Tool = Path.Combine(Home, ".dotnet", "tools", "dotnet-worktree");
    }

    /// <summary>Makes it, or skips the test with the reason.</summary>
    public static SomebodysRepository Create(PackageFeed feed)
    {
        var shop = Captured.Variable("WORKTREE_HOOKS_SHOP");
        Skip.If(shop is null, "WORKTREE_HOOKS_SHOP names what build/somebodys-repository.sh made");
        Skip.If(
            Captured.Variable("WORKTREE_HOOKS_TEST_ENGINE") is null,
            "needs an engine of its own: run it by build/with-engine.sh"
        );
        return new SomebodysRepository(feed, shop!);
    }

    /// <summary>The main worktree.</summary>
    public string Main => consumer.Root;

    /// <summary>The installed tool.</summary>
    public string Tool { get; }

    private string Home => Path.Combine(Path.GetDirectoryName(Main)!, "home");

    private (string, string)[] Variables =>
        [
            ("HOME", Home),
            ("DOTNET_CLI_HOME", Home),
            ("NUGET_FALLBACK_PACKAGES", Path.Combine(made, "cache")),
            ("PATH", $"{Path.GetDirectoryName(Tool)}:{Captured.Variable("PATH")}"),
        ];

    /// <summary>Runs a command, which must succeed; returns all that it printed.</summary>
    public string Require(string folder, string program, params string[] arguments) =>
        consumer.RunIn(folder, Variables, program, arguments).Succeeded().Log;

    /// <summary>Types the commands of README's first quick start; returns all that they printed.</summary>
    public string FollowReadme()
    {
        var quickStart = File.ReadAllText(SourceTree.At("README.md"))
            .Split("\n## Quick start\n")[1]
            .Split("```")[1];
        var commands = quickStart
            .Split('\n')
            .Where(l => l.StartsWith("$ ", StringComparison.Ordinal))
            .Select(l => l[2..]);
        return Require(Main, "sh", "-ec", string.Join('\n', commands));
    }

    /// <summary>Commits everything.</summary>
    public void Commit() => consumer.Commit();

    /// <summary>A new worktree beside main, by git alone; returns its root.</summary>
    public string AddWorktree(string name)
    {
        var root = Path.Combine(Path.GetDirectoryName(Main)!, name);
        Require(Main, "git", "worktree", "add", "--quiet", root);
        return root;
    }

    /// <summary><c>dotnet run</c> as everybody types it; returns the address that it listens on.</summary>
    public Uri Run(string root)
    {
        var server = new RunningServer(
            consumer,
            root,
            Variables,
            "dotnet",
            "run",
            "--project",
            "src/Shop.Api"
        );
        servers.Add(server);
        return new Uri(server.Addresses(1).Single());
    }

    /// <summary>Orders something.</summary>
    public Task Order(Uri shop, string name) => Post(shop, $"orders/{name}");

    /// <summary>What was ordered.</summary>
    public async Task<string[]> Orders(Uri shop) =>
        (await client.GetFromJsonAsync<string[]>(new Uri(shop, "orders")))!;

    /// <summary>Counts one more visit, in Redis.</summary>
    public async Task<int> Visit(Uri shop) =>
        JsonSerializer.Deserialize<int>(await Post(shop, "visits"));

    public void Dispose()
    {
        foreach (var server in servers)
        {
            server.Dispose();
        }
        client.Dispose();
        consumer.RunIn(Main, Variables, Tool, "stop", "--all");
    }

    private async Task<string> Post(Uri shop, string path)
    {
        var answer = await client.PostAsync(new Uri(shop, path), content: null);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        return text;
    }
}
