using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Webserver;

/// <summary>A row of the sample's database.</summary>
internal sealed record Visit(string Note);

/// <summary>The sample's database: PostgreSQL, or a SQLite file.</summary>
internal sealed class VisitStore : IDisposable
{
    private readonly DbDataSource source;
    private readonly string creation;

    private VisitStore(DbDataSource source, string creation) =>
        (this.source, this.creation) = (source, creation);

    /// <summary>A file in write-ahead mode, so that it can be copied while it is written to.</summary>
    public static VisitStore InSqlite(string file)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        var connection = new SqliteConnectionStringBuilder { DataSource = file }.ToString();
        return new VisitStore(
            SqliteFactory.Instance.CreateDataSource(connection),
            """
            PRAGMA journal_mode = WAL;
            BEGIN IMMEDIATE;
            CREATE TABLE IF NOT EXISTS visits (id INTEGER PRIMARY KEY, note TEXT NOT NULL);
            INSERT INTO visits (note)
                SELECT value FROM json_each('["the first row", "the second row"]')
                WHERE NOT EXISTS (SELECT 1 FROM visits);
            COMMIT;
            """
        );
    }

    /// <summary>A PostgreSQL database.</summary>
    public static VisitStore InPostgres(string connection) =>
        new(
            NpgsqlDataSource.Create(connection),
            """
            CREATE TABLE IF NOT EXISTS visits
                (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note text NOT NULL);
            INSERT INTO visits (note)
                SELECT unnest(ARRAY['the first row', 'the second row'])
                WHERE NOT EXISTS (SELECT 1 FROM visits);
            """
        );

    /// <summary>Makes the table with a few rows where there is none.</summary>
    public void EnsureCreated()
    {
        using var command = source.CreateCommand(creation);
        command.ExecuteNonQuery();
    }

    /// <summary>All rows, oldest first.</summary>
    public IReadOnlyList<Visit> All()
    {
        using var command = source.CreateCommand("SELECT note FROM visits ORDER BY id");
        using var reader = command.ExecuteReader();
        var visits = new List<Visit>();
        while (reader.Read())
        {
            visits.Add(new Visit(reader.GetString(0)));
        }
        return visits;
    }

    /// <summary>Adds a row and returns all of them.</summary>
    public IReadOnlyList<Visit> Add(string note)
    {
        using var command = source.CreateCommand("INSERT INTO visits (note) VALUES (@note)");
        var parameter = command.CreateParameter();
        parameter.ParameterName = "note";
        parameter.Value = note;
        command.Parameters.Add(parameter);
        command.ExecuteNonQuery();
        return All();
    }

    public void Dispose() => source.Dispose();
}
