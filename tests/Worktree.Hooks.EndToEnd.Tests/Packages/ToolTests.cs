using System.Text.Json;

namespace Worktree.Hooks.EndToEnd.Tests.Packages;

/// <summary>The tool's package, installed as a person does.</summary>
[Collection(nameof(PackageFeed))]
public sealed class ToolTests(PackageFeed feed)
{
    [Fact]
    public void The_installed_tool_is_native_gives_a_repository_without_dotnet_its_hook_and_takes_it_out()
    {
        var shop = feed.CreateConsumer().Write("package.json", "{}").Commit();
        var tool = Install(shop);
        Assert.Empty(
            Directory.EnumerateFiles(
                Tools(shop),
                "dotnet-worktree.dll",
                SearchOption.AllDirectories
            )
        );

        shop.Run(tool, "hooks", "install").Succeeded();
        var status = JsonDocument.Parse(
            shop.Run(tool, "hooks", "status", "--json").Succeeded().Log
        );
        Assert.Equal("native", status.RootElement.GetProperty("executable").GetString());
        var feature = shop.AddWorktree("feature");
        Assert.InRange(Consumer.PortOf(feature, "APP_PORT"), 5002, 5100);

        shop.Run(tool, "hooks", "uninstall").Succeeded();
        Assert.Equal("", Consumer.EnvOf(shop.AddWorktree("later")));
    }

    [Fact]
    public void A_local_tool_answers_to_dotnet_worktree()
    {
        var shop = feed.CreateConsumer();
        Dotnet(shop, "new", "tool-manifest");
        Dotnet(shop, "tool", "install", "Worktree.Hooks.Tool", "--version", PackageFeed.Version);

        Dotnet(shop, "worktree", "allocate");

        Assert.Contains("APP_PORT=5001", Consumer.EnvOf(shop.Root), StringComparison.Ordinal);
    }

    [Fact]
    public void A_one_off_call_by_dnx_needs_no_installation()
    {
        var shop = feed.CreateConsumer();

        Dotnet(shop, "dnx", $"Worktree.Hooks.Tool@{PackageFeed.Version}", "--yes", "allocate");

        Assert.Contains("APP_PORT=5001", Consumer.EnvOf(shop.Root), StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData(
        "bash",
        """
            _other() { COMPREPLY=(others); }; complete -F _other dotnet
            eval "$(dotnet-worktree completion bash)"; eval "$(dotnet-worktree completion bash)"
            try() { COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
              _dotnet_worktree_or_other; echo "${COMPREPLY[*]}"; }
            try dotnet worktree sta; try dotnet worktree hooks un; try dotnet bu
            """
    )]
    [InlineData(
        "zsh",
        """
            compdef() { _comps[$2]=$1 }; typeset -A _comps; _other() { print others }; _comps[dotnet]=_other
            compadd() { shift; print -r -- ${(M)@:#${words[CURRENT]}*} }
            eval "$(dotnet-worktree completion zsh)"; eval "$(dotnet-worktree completion zsh)"
            try() { BUFFER="$*"; CURSOR=${#BUFFER}; CURRENT=$#; words=("$@"); $_comps[dotnet] }
            try dotnet worktree sta; try dotnet worktree hooks un; try dotnet bu
            """
    )]
    [InlineData(
        "fish",
        """
            complete -c dotnet -n 'not __fish_seen_subcommand_from worktree' -f -a others
            dotnet-worktree completion fish | source
            string join ' ' (complete -C 'dotnet worktree sta')
            string join ' ' (complete -C 'dotnet worktree hooks un')
            string join ' ' (complete -C 'dotnet ot')
            """
    )]
    public void A_shell_completes_commands_and_leaves_what_completes_dotnet_alone(
        string shell,
        string script
    )
    {
        var shop = feed.CreateConsumer();
        var folder = Path.GetDirectoryName(Install(shop));
        (string, string)[] path =
        [
            ("PATH", $"{folder}:{Environment.GetEnvironmentVariable("PATH")}"),
        ];
        Skip.If(
            shop.RunIn(shop.Root, path, "sh", "-c", $"command -v {shell}").ExitCode != 0,
            $"{shell} is not installed"
        );

        var completions = shop.RunIn(shop.Root, path, shell, "-c", script).Log.Trim();

        Assert.Equal(
            ["start status", "uninstall", "others"],
            completions.Split('\n').Select(l => l.Trim())
        );
    }

    // The SDK remembers in its home where the tools of a version lie: another run's cache is gone.
    private static void Dotnet(Consumer shop, params string[] arguments) =>
        shop.RunIn(
                shop.Root,
                [("DOTNET_CLI_HOME", Path.GetDirectoryName(shop.Root)!)],
                "dotnet",
                arguments
            )
            .Succeeded();

    private static string Tools(Consumer consumer) =>
        Path.Combine(Path.GetDirectoryName(consumer.Root)!, "tools");

    private static string Install(Consumer consumer)
    {
        consumer
            .Run(
                "dotnet",
                "tool",
                "install",
                "Worktree.Hooks.Tool",
                "--version",
                PackageFeed.Version,
                "--tool-path",
                Tools(consumer)
            )
            .Succeeded();
        return Path.Combine(Tools(consumer), "dotnet-worktree");
    }
}
