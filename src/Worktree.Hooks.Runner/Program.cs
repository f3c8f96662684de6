using Worktree.Hooks.Platform;
using Worktree.Hooks.Runner;
using Worktree.Hooks.Runner.Commands;
using Worktree.Hooks.Setup;

var environment = HostEnvironment.Capture();
return PostCheckoutHook.IsMeant(args) ? PostCheckoutHook.Run(environment)
    : StackCall.TryParse(args) is { } call ? StackForBuild.Run(call, environment)
    : await CommandLine.RunAsync(args, environment);
