using Worktree.Hooks.Benchmarks;

// dotnet publish src/Worktree.Hooks.Runner -c Release -o DIR
// dotnet run -c Release --project tests/Worktree.Hooks.Benchmarks -- hook DIR 40
if (args is not [var what, ..])
{
    Measurement.Print(
        "usage: hook DIR [PAIRS] | leases DIR [PAIRS] | parallel DIR [ROUNDS] | build REPOSITORY [PAIRS]"
            + "\n       database|refresh|running DIR GIGABYTES ROUNDS | soundness DIR COPIES   (TMPDIR decides the file system)"
            + "\n       stack DIR SAMPLE APP PACKAGES [PAIRS]   (by build/with-engine.sh; APP: the folder of the built Webserver)"
            + "\n       images DIR STACKS APP [PAIRS]   (the same; STACKS: tests/Stacks)"
            + "\n       packages PACKAGES [PAIRS] | tool PACKAGES [PAIRS]   (PACKAGES: what build/release.sh made, a full path)"
            + "\n  DIR: the published dotnet-worktree; REPOSITORY: this one"
    );
    return 2;
}
var count = int.TryParse(args[^1], out var number) ? number : 20;
switch (what)
{
    case "hook":
        Measurement.PrintHeader();
        HookBenchmarks.Run(args[1], count);
        break;
    case "leases":
        Measurement.PrintHeader();
        LeaseBenchmarks.Run(args[1], count);
        break;
    case "parallel":
        LeaseBenchmarks.RunParallel(args[1], count);
        break;
    case "build":
        Measurement.PrintHeader();
        BuildBenchmarks.Run(args[1], count);
        break;
    case "database":
    case "refresh":
    case "running":
        var gigabytes = int.Parse(args[2], System.Globalization.CultureInfo.InvariantCulture);
        DatabaseBenchmarks.Run(what, args[1], gigabytes, count);
        break;
    case "soundness":
        SoundnessBenchmarks.Run(args[1], count);
        break;
    case "stack":
        Measurement.PrintHeader();
        StackBenchmarks.Run(args[1], args[2], args[3], args[4], count);
        break;
    case "images":
        Measurement.PrintHeader();
        ImageStackBenchmarks.Run(args[1], args[2], args[3], count);
        break;
    case "packages":
    case "tool":
        using (var packages = new PackageBenchmarks(args[1], count))
        {
            Action run = what == "tool" ? packages.RunTool : packages.RunBuilds;
            run();
        }
        break;
    default:
        Measurement.Print($"'{what}' is no benchmark.");
        return 2;
}
return 0;
