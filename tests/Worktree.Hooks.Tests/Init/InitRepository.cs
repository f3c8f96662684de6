using System.Text;
using Worktree.Hooks.Setup;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Tests.Init;

/// <summary>A repository that somebody else made, with what init finds in it.</summary>
internal sealed class InitRepository : IDisposable
{
    public TestRepository Repository { get; } = new();

    public string Root => Repository.Root;

    /// <summary>An ASP.NET Core solution with PostgreSQL and Redis in a compose file.</summary>
    public InitRepository WithWebSolution()
    {
        Repository.Write("Shop.slnx", "<Solution />\n");
        Repository.Write(
            "src/Shop.Api/Shop.Api.csproj",
            "<Project Sdk=\"Microsoft.NET.Sdk.Web\"><PropertyGroup><UserSecretsId>shop-api</UserSecretsId></PropertyGroup></Project>\n"
        );
        Repository.Write(
            "src/Shop.Api/Properties/launchSettings.json",
            """
            {
              // as the SDK's template writes it
              "profiles": {
                "http": { "commandName": "Project", "applicationUrl": "http://localhost:5183" },
                "https": { "commandName": "Project", "applicationUrl": "https://localhost:7183;http://localhost:5183" },
                "IIS Express": { "commandName": "IISExpress", "applicationUrl": "http://localhost:9999" },
              }
            }
            """
        );
        Repository.Write(
            "src/Shop.Api/appsettings.Development.json",
            """
            { "ConnectionStrings": {
                "Shop": "Host=localhost;Database=shop;Username=shop;Password=p$w",
                "Cache": "localhost:6379" } }
            """
        );
        Repository.Write(
            "compose.yaml",
            """
            services:
              db:
                image: postgres:17
                ports: ["5432:5432"]
                volumes:
                  - ./data/pg:/var/lib/postgresql/data
              cache:
                image: redis:7
                ports:
                  - target: 6379
                    published: "${CACHE_PORT:-6379}"
              mail:
                image: mailpit
                ports: ["127.0.0.1:8025:8025/tcp"]
            """
        );
        return this;
    }

    public InitPlan Plan() => RepositoryInit.Plan(Repository.Environment, Root);

    public InitPlan Apply()
    {
        var plan = Plan();
        RepositoryInit.Apply(plan);
        return plan;
    }

    public UndoReport Undo(RecordingNarrator? narrator = null) =>
        InitUndo.Run(Repository.Environment, Root, narrator ?? new RecordingNarrator());

    public string Read(string file) => File.ReadAllText(Path.Combine(Root, file));

    /// <summary>All files with their bytes, to be compared.</summary>
    public IReadOnlyList<string> Everything() =>
        [
            .. Directory
                .EnumerateFileSystemEntries(Root, "*", SearchOption.AllDirectories)
                .Where(f =>
                    !f.StartsWith(Path.Combine(Root, ".git") + "/", StringComparison.Ordinal)
                )
                .Order(StringComparer.Ordinal)
                .Select(f =>
                    File.Exists(f)
                        ? $"{f} {File.GetUnixFileMode(f)} {Convert.ToHexString(File.ReadAllBytes(f))}"
                        : f
                ),
        ];

    public void WriteBytes(string file, string content, Encoding encoding)
    {
        var path = Path.Combine(Root, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, [.. encoding.GetPreamble(), .. encoding.GetBytes(content)]);
    }

    public void Dispose() => Repository.Dispose();
}
