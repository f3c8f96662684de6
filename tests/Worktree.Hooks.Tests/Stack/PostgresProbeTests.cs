using Worktree.Hooks.Stack;

namespace Worktree.Hooks.Tests.Stack;

/// <summary>Which health checks ask no more than whether PostgreSQL accepts connections.</summary>
public sealed class PostgresProbeTests
{
    [Theory]
    [InlineData("pg_isready")]
    [InlineData("pg_isready", "--username=webserver")]
    [InlineData("/bin/sh", "-c", "pg_isready -U shop -d shop")]
    [InlineData("/bin/sh", "-c", "pg_isready -U $POSTGRES_USER || exit 1")]
    [InlineData("/usr/bin/pg_isready", "-q")]
    public void Pg_isready_alone_need_not_be_run_again(params string[] command) =>
        Assert.True(PostgresProbe.IsMadeBy(command));

    [Theory]
    [InlineData("psql", "-c", "SELECT 1")]
    [InlineData("/bin/sh", "-c", "pg_isready && psql -c 'SELECT 1 FROM migrated'")]
    [InlineData("/bin/sh", "-c", "test -f /ready && pg_isready")]
    [InlineData("/bin/sh", "-c", "pg_isready || pg_isready -p 5433")]
    [InlineData("/bin/sh", "-c", "pg_isready -U shop\npsql -c 'SELECT 1 FROM migrated'")]
    [InlineData("/bin/sh", "-c", "pg_isready $(cat /options)")]
    [InlineData("/bin/sh", "-c", "pg_isready `cat /options`")]
    [InlineData("pg_isready", "-p", "5433")]
    [InlineData("pg_isready", "--host=other")]
    [InlineData("/check", "pg_isready")]
    public void Any_other_check_is_run(params string[] command) =>
        Assert.False(PostgresProbe.IsMadeBy(command));
}
