using System.Reflection;
using System.Text;
using System.Text.Json;
using Worktree.Hooks.Configuration;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Git;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Setup;

/// <summary>What <c>init</c> would do; nothing is changed by making it.</summary>
/// <param name="Checkout">The worktree.</param>
/// <param name="Survey">What was found in it.</param>
/// <param name="Changes">The files to write; none where all is right already.</param>
internal sealed record InitPlan(
    Checkout Checkout,
    RepositorySurvey Survey,
    IReadOnlyList<FileChange> Changes
);

/// <summary>
/// Makes somebody's repository use Worktree.Hooks: looks at what it has, says what would be written, writes it, and takes
/// it back.
/// </summary>
internal static class RepositoryInit
{
    private const string BuildTargets = "Directory.Build.targets";
    private const string SolutionTargets = "Directory.Solution.targets";

    /// <summary>The version of the package that goes with this program.</summary>
    public static string Version { get; } =
        typeof(RepositoryInit)
            .Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!
            .InformationalVersion.Split('+')[0];

    /// <summary>Looks at the worktree that encloses a folder and plans what is missing.</summary>
    /// <exception cref="WorktreeHooksException">
    /// WTH1001: no repository. WTH1020, WTH1021: a file that cannot be changed. WTH3001–WTH3007: the worktree.json that is there.
    /// </exception>
    public static InitPlan Plan(HostEnvironment environment, string folder)
    {
        var checkout = CheckoutLocator.Locate(folder);
        var survey = RepositorySurvey.Of(checkout.Root, environment);
        var changes = new List<FileChange>();
        changes.AddRange(PlanConfiguration(survey));
        changes.AddRange(PlanImports(survey));
        return new InitPlan(checkout, survey, changes);
    }

    /// <summary>Writes what was planned; where a file cannot be written, those before it are written and recorded.</summary>
    /// <exception cref="WorktreeHooksException">WTH1022: a file cannot be written, or was changed since the plan.</exception>
    public static void Apply(InitPlan plan)
    {
        var record = InitRecord.Load(plan.Checkout);
        foreach (var change in plan.Changes)
        {
            InitWriter.RequireUnchanged(plan.Checkout.Root, change.Path, change.Former);
            // Recorded first: killed in between, undoing finds nothing of ours in the file and leaves it.
            record = record.With(change);
            InitWriter.Guard(
                change.Path,
                () =>
                {
                    record.Save(plan.Checkout);
                    InitWriter.Write(plan.Checkout.Root, change.Path, change.Content);
                }
            );
        }
    }

    /// <summary>Remembers that init installed the hook, so that undoing takes it out.</summary>
    public static void RecordHook(Checkout checkout) =>
        (InitRecord.Load(checkout) with { HookInstalled = true }).Save(checkout);

    private static IEnumerable<FileChange> PlanConfiguration(RepositorySurvey survey)
    {
        var root = survey.Files.Root;
        if (File.Exists(Path.Combine(root, WorktreeConfiguration.FileName)))
        {
            WorktreeConfiguration.Load(root, mainRoot: null); // says what is wrong with it
        }
        else
        {
            var content = Encoding.UTF8.GetBytes(WorktreeJson.Of(survey));
            ConfigurationReader.Read(WorktreeConfiguration.FileName, content);
            yield return new FileChange(WorktreeConfiguration.FileName, null, content);
        }
        var schema = WorktreeJson.Schema();
        var former = InitWriter.ReadExisting(root, WorktreeJson.SchemaFile);
        var isWanted =
            former is not null || !File.Exists(Path.Combine(root, WorktreeConfiguration.FileName));
        if (isWanted && (former is null || !former.AsSpan().SequenceEqual(schema)))
        {
            yield return new FileChange(WorktreeJson.SchemaFile, former, schema);
        }
    }

    private static IEnumerable<FileChange> PlanImports(RepositorySurvey survey)
    {
        var version = HasPinnedVersion(survey.Files) ? null : Version;
        if (survey.HasProjects)
        {
            var lines = BuildImport.Lines(version, survey.WebProjects);
            foreach (var change in PlanImport(survey.Files, BuildTargets, lines))
            {
                yield return change;
            }
        }
        if (survey.Solutions.Count > 0)
        {
            foreach (
                var change in PlanImport(
                    survey.Files,
                    SolutionTargets,
                    BuildImport.Lines(version, [])
                )
            )
            {
                yield return change;
            }
        }
    }

    // MSBuild takes the nearest file above a project: one further down hides the root's, unless it imports it.
    private static IEnumerable<FileChange> PlanImport(
        InitFiles files,
        string name,
        IReadOnlyList<string> lines
    )
    {
        if (!files.All.Contains(name))
        {
            InitWriter.RequireNoLink(files.Root, name);
            yield return new FileChange(name, null, BuildImport.Create(lines));
        }
        foreach (var file in files.Named(name))
        {
            var content = InitWriter.ReadExisting(files.Root, file)!;
            var isNested = file != name;
            if (
                !BuildImport.IsIn(file, content)
                && !(isNested && BuildImport.ImportsTheOneAbove(file, content))
            )
            {
                yield return new FileChange(file, content, BuildImport.AddTo(file, content, lines));
            }
        }
    }

    // "msbuild-sdks" of global.json: a version in the import too would be a warning in each build.
    private static bool HasPinnedVersion(InitFiles files)
    {
        try
        {
            using var document = LenientJson.Parse(
                files.TryRead("global.json") ?? "{}"u8.ToArray()
            );
            return document.RootElement.TryGetProperty("msbuild-sdks", out var sdks)
                && sdks.TryGetProperty("Worktree.Hooks", out _);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false; // the SDK tells about a broken one
        }
    }
}
