using Worktree.Hooks.Platform;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Tests.Compose;

/// <summary>A PATH with nothing but git, a shell and these scripts.</summary>
internal sealed class FakeTools : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public FakeTools(params (string Name, string? Script)[] tools)
    {
        foreach (var (name, script) in tools.Where(t => t.Script is not null))
        {
            File.WriteAllText(folder.At(name), $"#!/bin/sh\n{script}\n");
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(folder.At(name), (UnixFileMode)0b111_101_101);
            }
        }
    }

    public string At(string name) => folder.At(name);

    public void Copy(string name, string program) => File.Copy(program, folder.At(name));

    // The system looks for a program on this process's own PATH, so the fakes must be named there.
    public HostEnvironment In(
        HostEnvironment environment,
        params (string Name, string Value)[] variables
    )
    {
        var all = new Dictionary<string, string>(environment.Variables, StringComparer.Ordinal)
        {
            ["PATH"] = folder.Path,
        };
        foreach (var (name, value) in variables)
        {
            all[name] = value;
        }
        return environment with { Variables = all };
    }

    public void Dispose() => folder.Dispose();
}
