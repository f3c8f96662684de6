using Worktree.Hooks.Platform;
using Worktree.Hooks.Runner.Commands;

return await CommandLine.RunAsync(args, HostEnvironment.Capture());
