using System.Text;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Tests.EnvFiles;

public sealed class EnvFileTests : IDisposable
{
    private readonly TestRepository repository = new();
    private readonly RecordingNarrator narrator = new();
    private readonly string root;
    private readonly string file;

    public EnvFileTests()
    {
        root = repository.AddWorktree("feature-x");
        file = Path.Combine(root, ".env.local");
    }

    public void Dispose() => repository.Dispose();

    [Fact]
    public void The_block_names_the_worktree_and_its_ports()
    {
        var ports = SetUp();

        Assert.Equal(Block("\n", ports), File.ReadAllText(file));
    }

    [Theory]
    [InlineData("A=1\nB=2\n")]
    [InlineData("A=1\r\n\r\n# comment\r\nB=2\r\n")]
    [InlineData("# only a comment\n")]
    [InlineData("export A=\"quoted # not a comment\"\nB='single'\n  C = spaced\n")]
    [InlineData("\n\n\n")]
    public void The_users_lines_stay_as_they_are_in_front_of_the_block(string lines)
    {
        File.WriteAllText(file, lines);
        var ports = SetUp();

        var newline = lines.Contains('\r', StringComparison.Ordinal) ? "\r\n" : "\n";
        Assert.Equal(lines + Block(newline, ports), File.ReadAllText(file));
    }

    [Fact]
    public void A_missing_final_newline_is_added_before_the_block()
    {
        File.WriteAllText(file, "A=1");

        Assert.StartsWith("A=1\n# >>> worktree-hooks", After(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_byte_order_mark_stays_in_front()
    {
        File.WriteAllBytes(file, [.. Encoding.UTF8.Preamble, .. "A=ä\n"u8]);
        SetUp();

        Assert.True(
            File.ReadAllBytes(file)
                .AsSpan()
                .StartsWith([.. Encoding.UTF8.Preamble, .. "A=ä\n# >>>"u8])
        );
    }

    [Fact]
    public void Bytes_that_are_no_utf8_stay_as_they_are()
    {
        byte[] latin1 = [(byte)'A', (byte)'=', 0xE4, (byte)'\n'];
        File.WriteAllBytes(file, latin1);
        SetUp();

        Assert.True(File.ReadAllBytes(file).AsSpan().StartsWith(latin1));
    }

    [Fact]
    public void A_utf16_file_gets_its_block_in_utf16()
    {
        File.WriteAllText(file, "A=ä\r\n", Encoding.Unicode);
        var ports = SetUp();

        Assert.Equal("A=ä\r\n" + Block("\r\n", ports), File.ReadAllText(file, Encoding.Unicode));
    }

    [Fact]
    public void A_second_run_writes_nothing()
    {
        SetUp();
        var stamp = new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(file, stamp);
        SetUp();

        Assert.Equal(stamp, File.GetLastWriteTimeUtc(file));
    }

    [Fact]
    public void Lines_behind_the_block_are_kept_and_the_block_goes_to_the_end()
    {
        SetUp();
        File.AppendAllText(file, "LATER=1\n");

        var after = After();

        Assert.StartsWith("LATER=1\n# >>> worktree-hooks", after, StringComparison.Ordinal);
        Assert.EndsWith("# <<< worktree-hooks\n", after, StringComparison.Ordinal);
    }

    [Fact]
    public void Several_blocks_become_one()
    {
        SetUp();
        File.AppendAllText(file, File.ReadAllText(file));

        Assert.Equal(2, After().Split("# >>> worktree-hooks").Length);
    }

    [Fact]
    public void A_half_written_block_is_mended_and_the_lines_behind_it_are_kept()
    {
        var ports = SetUp();
        File.WriteAllText(
            file,
            $"A=1\n# >>> worktree-hooks: x\nWORKTREE_NAME=feature-x\nAPP_PORT={ports[1]}\n\n# mine\nB=2\n"
        );
        var after = After();

        Assert.Equal("A=1\n\n# mine\nB=2\n" + Block("\n", ports), after);
        Assert.Contains(narrator.Warnings, w => w.Definition == ErrorCatalogue.BlockDamaged);
    }

    [Theory]
    [InlineData("APP_PORT=1234\n", 1)]
    [InlineData("X=1\nexport APP_PORT=1234\n", 2)]
    public void A_line_of_the_users_that_sets_our_variable_is_kept_and_named(string lines, int line)
    {
        File.WriteAllText(file, lines);

        Assert.StartsWith(lines, After(), StringComparison.Ordinal);
        var warning = Assert.Single(narrator.Warnings);
        Assert.Equal(ErrorCatalogue.VariableSetTwice, warning.Definition);
        Assert.Equal(line, warning.Line);
        Assert.Equal(AllocatedPort("APP_PORT"), InShell("$APP_PORT"));
    }

    [Fact]
    public void A_read_only_file_is_replaced_and_stays_read_only()
    {
        File.WriteAllText(file, "A=1\n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.GroupRead);

        Assert.StartsWith("A=1\n# >>>", After(), StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.GroupRead, File.GetUnixFileMode(file));
    }

    [Fact]
    public void A_link_inside_the_worktree_is_followed_and_stays_a_link()
    {
        File.WriteAllText(Path.Combine(root, "settings"), "A=1\n");
        File.CreateSymbolicLink(file, "settings");
        SetUp();

        Assert.NotNull(new FileInfo(file).LinkTarget);
        Assert.StartsWith(
            "A=1\n# >>>",
            File.ReadAllText(Path.Combine(root, "settings")),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_link_to_mains_file_is_refused_and_mains_file_is_not_touched()
    {
        SetupOf.Worktree(repository, repository.Root);
        var mains = Path.Combine(repository.Root, ".env.local");
        var before = File.ReadAllText(mains);
        File.CreateSymbolicLink(file, mains);

        var error = Assert.Throws<WorktreeHooksException>(() => SetUp());

        Assert.Equal(ErrorCatalogue.EnvFileIsALink, error.Diagnostic.Definition);
        Assert.Equal(before, File.ReadAllText(mains));
    }

    [Fact]
    public void A_folder_in_the_files_place_is_a_clear_error()
    {
        Directory.CreateDirectory(file);

        var error = Assert.Throws<WorktreeHooksException>(() => SetUp());

        Assert.Equal(ErrorCatalogue.EnvFileUnwritable, error.Diagnostic.Definition);
    }

    [Theory]
    [InlineData("Host=localhost;Port=${APP_PORT}")]
    [InlineData("it's ${WORKTREE_NAME}")]
    [InlineData("$${HOME} `date` \\\"x\\\" #!")]
    [InlineData("C:\\\\temp file")]
    [InlineData("~/x")]
    [InlineData("ünïcode")]
    [InlineData("")]
    public void A_shell_and_a_dotenv_reader_see_the_same_value(string value)
    {
        WriteConfiguration(value);
        SetUp();

        var fromShell = InShell("$CONNECTION");
        var fromDotenv = dotenv.net.DotEnv.Read(new dotenv.net.DotEnvOptions(envFilePaths: [file]))[
            "CONNECTION"
        ];
        Assert.Equal(fromShell, fromDotenv);
        Assert.Equal(Expected(value), fromShell);
    }

    [Theory]
    [InlineData("it's \\\"both\\\"")]
    [InlineData("two\\nlines")]
    public void A_value_that_readers_would_not_agree_on_is_refused(string value)
    {
        WriteConfiguration(value);

        var error = Assert.Throws<WorktreeHooksException>(() => SetUp());

        Assert.Equal(ErrorCatalogue.ValueCannotBeQuoted, error.Diagnostic.Definition);
        Assert.False(File.Exists(file));
    }

    [Fact]
    public void An_unknown_reference_names_the_nearest_variable_and_the_line()
    {
        WriteConfiguration("${APP_PROT}");

        var error = Assert.Throws<WorktreeHooksException>(() => SetUp()).Diagnostic;

        Assert.Equal(ErrorCatalogue.UnknownReference, error.Definition);
        Assert.Contains("'${APP_PORT}'", error.Message, StringComparison.Ordinal);
        Assert.Equal(2, error.Line);
    }

    [Fact]
    public void Git_status_does_not_show_the_file()
    {
        SetUp();

        Assert.Equal("", repository.GitIn(root, "status", "--porcelain"));
        Assert.Contains(
            "/.env.local",
            File.ReadAllText(Path.Combine(repository.Root, ".git", "info", "exclude")),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_repository_that_ignores_the_file_itself_gets_no_exclude_line()
    {
        File.WriteAllText(
            Path.Combine(root, ".gitignore"),
            ".env*\npostgres_data\n.postgres_data*\n"
        );
        SetUp();

        Assert.DoesNotContain(
            ".env.local",
            File.ReadAllText(Path.Combine(repository.Root, ".git", "info", "exclude")),
            StringComparison.Ordinal
        );
    }

    private int[] SetUp() => SetupOf.Worktree(repository, root, narrator).Ports();

    private string After()
    {
        SetUp();
        return File.ReadAllText(file);
    }

    private void WriteConfiguration(string value) =>
        File.WriteAllText(
            Path.Combine(root, "worktree.json"),
            $$"""
            { "env": {
                "CONNECTION": "{{value}}" } }
            """
        );

    private string Expected(string value) =>
        value
            .Replace("${APP_PORT}", AllocatedPort("APP_PORT"), StringComparison.Ordinal)
            .Replace("${WORKTREE_NAME}", "feature-x", StringComparison.Ordinal)
            .Replace("$$", "$", StringComparison.Ordinal)
            .Replace("\\\"", "\"", StringComparison.Ordinal)
            .Replace("\\\\", "\\", StringComparison.Ordinal);

    private string AllocatedPort(string name) =>
        SetupOf.Worktree(repository, root).Variables.Single(v => v.Key == name).Value;

    private string InShell(string expression)
    {
        var script = $"set -a; . ./.env.local; printf %s \"{expression}\"";
        return ChildProcess.Run(repository.Environment, root, "sh", "-c", script).Output;
    }

    private static string Block(string newline, int[] ports) =>
        string.Join(
            newline,
            "# >>> worktree-hooks: webserver_feature-x (this block is rewritten)",
            "WORKTREE_NAME=feature-x",
            "COMPOSE_PROJECT_NAME=webserver_feature-x",
            "WORKTREE_HOST=feature-x.dev.localhost",
            $"HTTPS_PORT={ports[0]}",
            $"APP_PORT={ports[1]}",
            $"POSTGRES_PORT={ports[2]}",
            "# <<< worktree-hooks",
            ""
        );
}
