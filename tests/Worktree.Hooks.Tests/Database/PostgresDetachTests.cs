using Worktree.Hooks.Configuration;
using Worktree.Hooks.Database;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Tests.Database;

/// <summary>The server of a copy never acts in main's name, however main is set up; and it starts beside main.</summary>
[Collection(PostgresTests.Name)]
public sealed class PostgresDetachTests : IDisposable
{
    private const string Count = "SELECT count(*) FROM t";
    private const int ClonePort = 5499;
    private const int OtherPort = 5498;

    private readonly PostgresServer server;
    private readonly CloneRepository repository = new(DatabaseType.Postgres, "postgres_data");
    private readonly List<string> running = [];

    public PostgresDetachTests(PostgresServer server)
    {
        if (PostgresServer.Programs is null)
        {
            repository.Dispose(); // xunit disposes nothing whose constructor did not return
            Skip.If(true, "PostgreSQL is not installed");
        }
        this.server = server;
    }

    public void Dispose()
    {
        running.Reverse(); // a standby before what it follows
        foreach (var path in running)
        {
            server.Stop(path, "immediate");
        }
        repository.Dispose();
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void Nothing_of_a_copy_reaches_mains_archive(bool mainRuns)
    {
        var archive = FolderOfServers("archive");
        MakeMain($"archive_mode = on\narchive_command = 'cp %p {archive}/%f'");
        Start(repository.InMain);
        server.Sql("INSERT INTO t VALUES (4); SELECT pg_switch_wal()");
        if (!mainRuns)
        {
            StopAgain(repository.InMain); // waits for the archive
        }
        repository.CopyMissing();
        // A stop archives all that there is; from now on the archive is full.
        StopAgain(repository.InMain);
        var before = Directory.GetFiles(archive).Order(StringComparer.Ordinal).ToList();
        Assert.NotEmpty(before);

        Assert.Equal(
            "off",
            AskClone(
                    "INSERT INTO t VALUES (5); SELECT pg_switch_wal(); CHECKPOINT; SHOW archive_mode"
                )
                .Split('\n')[^1]
        );

        Assert.Equal(before, Directory.GetFiles(archive).Order(StringComparer.Ordinal));
        Assert.Empty(
            Directory.GetFiles(Path.Combine(repository.InWorktree, "pg_wal/archive_status"))
        );
    }

    [SkippableFact]
    public void Slots_names_and_standbys_of_main_are_not_the_copys()
    {
        MakeMain(
            $"""
            wal_level = logical
            cluster_name = 'production'
            synchronous_standby_names = '*'
            external_pid_file = 'main.pid'
            logging_collector = on
            log_directory = '{FolderOfServers("logs")}'
            """
        );
        Start(repository.InMain);
        server.Sql("SELECT pg_create_physical_replication_slot('standby', true)");
        server.Sql("SELECT pg_create_logical_replication_slot('changes', 'pgoutput')");

        repository.CopyMissing();

        // The commit waits for nobody.
        Assert.Equal(
            "INSERT 0 1\n0|webserver_feature-x|postmaster.external.pid|log",
            AskClone(
                "INSERT INTO t VALUES (4); SELECT count(*), current_setting('cluster_name'), current_setting('external_pid_file'), current_setting('log_directory') FROM pg_replication_slots"
            )
        );
        Assert.Equal("2", server.Sql("SELECT count(*) FROM pg_replication_slots"));
        Assert.Equal("production", server.Sql("SHOW cluster_name"));
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_subscription_of_main_stays_mains(bool mainRuns)
    {
        var publisher = repository.Repository.Beside("publisher");
        server.MakeCluster(publisher);
        Append(publisher, "wal_level = logical");
        Start(publisher, OtherPort);
        server.Sql("CREATE TABLE p (x int); CREATE PUBLICATION p FOR TABLE p", OtherPort);
        MakeMain("");
        Start(repository.InMain);
        server.Sql("CREATE TABLE p (x int)");
        server.Sql(
            $"CREATE SUBSCRIPTION s CONNECTION 'host={server.Sockets} port={OtherPort} user=postgres dbname=postgres' PUBLICATION p"
        );
        Until("1", "SELECT count(*) FROM pg_subscription_rel WHERE srsubstate = 'r'", 5432);
        if (!mainRuns)
        {
            StopAgain(repository.InMain);
        }

        repository.CopyMissing();
        Start(repository.InWorktree, ClonePort);
        server.Sql("INSERT INTO p VALUES (1)", OtherPort);

        if (mainRuns)
        {
            Until("1", "SELECT count(*) FROM p", 5432);
        }
        else
        {
            Start(repository.InMain);
            Until("1", "SELECT count(*) FROM p", 5432);
        }
        Assert.Equal("1", server.Sql("SELECT count(*) FROM pg_subscription", ClonePort));
        Assert.Equal("0", server.Sql("SELECT count(*) FROM p", ClonePort));
        Assert.Equal(
            "0",
            server.Sql(
                "SELECT count(*) FROM pg_stat_activity WHERE backend_type LIKE 'logical replication%'",
                ClonePort
            )
        );
        Assert.Equal("1", server.Sql("SELECT count(*) FROM pg_replication_slots", OtherPort));
    }

    [SkippableTheory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public void The_copy_of_a_standby_is_a_server_of_its_own(bool mainRuns, bool fromArchive)
    {
        var primary = repository.Repository.Beside("primary");
        var archive = FolderOfServers("archive");
        server.MakeCluster(primary);
        Append(primary, $"archive_mode = on\narchive_command = 'cp %p {archive}/%f'");
        Start(primary, OtherPort);
        string[] follows = fromArchive ? [] : ["-R"];
        server.Tool(
            "pg_basebackup",
            ["-p", $"{OtherPort}", "-c", "fast", "-D", Made(repository.InMain), .. follows]
        );
        if (fromArchive)
        {
            Append(
                repository.InMain,
                $"restore_command = 'cp {archive}/%f %p'\nrecovery_target_action = 'pause'\nrecovery_target_name = 'here'"
            );
            server.AsUser("touch", Path.Combine(repository.InMain, "recovery.signal"));
        }
        server.Sql("INSERT INTO t VALUES (4)", OtherPort);
        server.Sql("SELECT pg_create_restore_point('here')", OtherPort); // after the commit
        var segment = server.Sql("SELECT pg_walfile_name(pg_switch_wal())", OtherPort);
        Until(segment, "SELECT last_archived_wal FROM pg_stat_archiver", OtherPort);
        Start(repository.InMain);
        Until("4", Count, 5432);
        Assert.Equal("t", server.Sql("SELECT pg_is_in_recovery()"));
        if (!mainRuns)
        {
            StopAgain(repository.InMain);
        }

        repository.CopyMissing();

        Assert.Equal("f|4", AskClone("SELECT pg_is_in_recovery(), count(*) FROM t"));
        Assert.Equal("INSERT 0 1\n5", AskClone($"INSERT INTO t VALUES (9); {Count}"));
        Assert.False(File.Exists(Path.Combine(repository.InWorktree, "standby.signal")));
        if (mainRuns)
        {
            Assert.Equal("t", server.Sql("SELECT pg_is_in_recovery()"));
        }
        Assert.Equal("4", server.Sql(Count, OtherPort));
    }

    [SkippableFact]
    public void A_copy_whose_file_names_mains_data_directory_serves_its_own()
    {
        MakeMain(
            $"""
            data_directory = '{repository.InMain}'
            hba_file = '{repository.InMain}/pg_hba.conf'
            port = 5432
            listen_addresses = ''
            unix_socket_directories = '{server.Sockets}'
            """
        );
        Start(repository.InMain);

        repository.CopyMissing();

        Assert.Equal(
            $"{repository.InWorktree}|{repository.InWorktree}/pg_hba.conf",
            AskClone("SELECT current_setting('data_directory'), current_setting('hba_file')")
        );
        Assert.Equal("INSERT 0 1", AskClone("INSERT INTO t VALUES (4)"));
        Assert.Equal("3", server.Sql(Count));
    }

    [SkippableFact]
    public void Files_of_the_configuration_that_lie_outside_are_passed_on_and_said()
    {
        var outside = FolderOfServers("etc");
        File.WriteAllText(Path.Combine(outside, "shared.conf"), "work_mem = '7MB'\n");
        Directory.CreateDirectory(Path.Combine(outside, "conf.d"));
        File.WriteAllText(Path.Combine(outside, "conf.d/a.conf"), "temp_buffers = '9MB'\n");
        File.WriteAllText(Path.Combine(outside, "pg_hba.conf"), "local all all trust\n");
        MakeMain(
            $"""
            include = '../../etc/shared.conf'
            include_dir '{outside}/conf.d'
            include 'own.conf'
            hba_file = '{outside}/pg_hba.conf'
            """
        );
        Append(repository.InMain, $"data_directory = '{repository.InMain}'", "own.conf");
        File.Move(
            Path.Combine(repository.InMain, "pg_ident.conf"),
            Path.Combine(outside, "pg_ident.conf")
        );
        File.CreateSymbolicLink(
            Path.Combine(repository.InMain, "pg_ident.conf"),
            Path.Combine(outside, "pg_ident.conf")
        );

        repository.CopyMissing();

        Assert.Equal(
            $"7MB|9MB|{repository.InWorktree}",
            AskClone(
                "SELECT current_setting('work_mem'), current_setting('temp_buffers'), current_setting('data_directory')"
            )
        );
        Assert.Contains(
            repository.Narrator.Lines,
            l =>
                l.Contains($"'{outside}/shared.conf' (include)", StringComparison.Ordinal)
                && l.Contains($"'{outside}/conf.d' (include_dir)", StringComparison.Ordinal)
                && l.Contains($"'{outside}/pg_hba.conf' (hba_file)", StringComparison.Ordinal)
        );
        Assert.Null(new FileInfo(Path.Combine(repository.InWorktree, "pg_ident.conf")).LinkTarget);
        Assert.Empty(repository.Narrator.Warnings);
    }

    [SkippableFact]
    public void A_main_whose_only_configuration_lies_elsewhere_gives_the_command_that_starts_the_copy()
    {
        MakeMain("");
        var outside = FolderOfServers("etc");
        var file = Path.Combine(outside, "postgresql.conf");
        File.Move(Path.Combine(repository.InMain, "postgresql.conf"), file);
        File.AppendAllText(file, $"data_directory = '{repository.InMain}'\n");
        Start(repository.InMain, options: $"-c config_file={file}");
        StopAgain(repository.InMain);

        repository.CopyMissing();

        var said = Assert.Single(
            repository.Narrator.Lines,
            l => l.Contains("lies outside its data directory", StringComparison.Ordinal)
        );
        var options = said[said.IndexOf("-c config_file=", StringComparison.Ordinal)..];
        Start(repository.InWorktree, ClonePort, options.Replace("'", "", StringComparison.Ordinal));
        Assert.Equal(repository.InWorktree, server.Sql("SHOW data_directory", ClonePort));
        Assert.Equal("webserver_feature-x", server.Sql("SHOW cluster_name", ClonePort));
    }

    [SkippableFact]
    public void A_certificate_that_main_links_to_is_the_copys_own_file()
    {
        Skip.If(
            ChildProcess
                .Run(
                    repository.Repository.Environment,
                    repository.Repository.Outside,
                    "openssl",
                    "version"
                )
                .ExitCode != 0,
            "openssl is not installed"
        );
        var outside = FolderOfServers("etc");
        MakeMain("ssl = on");
        repository.Shell(
            $"cd '{outside}' && openssl req -x509 -newkey rsa:2048 -nodes -keyout k -out c -days 2 -subj /CN=x 2>/dev/null && chmod 600 k && chown --reference='{repository.InMain}' k c"
                + $" && ln -s '{outside}/k' '{repository.InMain}/server.key' && ln -s '{outside}/c' '{repository.InMain}/server.crt'"
        );
        Start(repository.InMain);

        repository.CopyMissing();

        Assert.Equal("on", AskClone("SHOW ssl"));
        Assert.Null(new FileInfo(Path.Combine(repository.InWorktree, "server.key")).LinkTarget);
    }

    // Not by the server's user, who may not write beside it.
    private string Made(string folder)
    {
        repository.Shell($"mkdir '{folder}' && chmod 700 '{folder}'");
        repository.Shell(
            $"chown --reference='{repository.Repository.Beside("primary")}' '{folder}'"
        );
        return folder;
    }

    private void MakeMain(string settings)
    {
        server.MakeCluster(repository.InMain);
        Append(repository.InMain, settings);
    }

    private void Append(string cluster, string settings, string file = "postgresql.conf")
    {
        var path = Path.Combine(cluster, file);
        File.AppendAllText(path, settings + "\n");
        repository.Shell($"chown --reference='{cluster}' '{path}'");
    }

    private string FolderOfServers(string name)
    {
        var path = repository.Repository.Beside(name);
        repository.Shell($"mkdir '{path}' && chmod 777 '{path}'");
        return path;
    }

    private void Start(string path, int port = 5432, string options = "")
    {
        server.Start(path, port, options);
        running.Add(path);
    }

    private void StopAgain(string path)
    {
        if (running.Remove(path))
        {
            server.Stop(path);
        }
    }

    private void Until(string answer, string sql, int port)
    {
        var deadline = DateTime.UtcNow.AddSeconds(60);
        while (server.Sql(sql, port) != answer)
        {
            Assert.True(DateTime.UtcNow < deadline, $"{sql} never answered {answer}");
        }
    }

    // Main runs in the same socket folder, so the copy has a port of its own.
    private string AskClone(string sql) => server.Ask(repository.InWorktree, sql, ClonePort);
}
