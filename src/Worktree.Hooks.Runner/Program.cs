using Worktree.Hooks.Platform;
using Worktree.Hooks.Runner;
using Worktree.Hooks.Runner.Commands;

var environment = HostEnvironment.Capture();
return PostCheckoutHook.IsMeant(args)
    ? PostCheckoutHook.Run(environment)
    : await CommandLine.RunAsync(args, environment);
