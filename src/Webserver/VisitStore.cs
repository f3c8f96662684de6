using Microsoft.Data.Sqlite;

namespace Webserver;

/// <summary>A row of the sample's database.</summary>
internal sealed record Visit(string Note);

/// <summary>The sample's database: a SQLite file in write-ahead mode, so that it can be copied while it is written to.</summary>
internal sealed class VisitStore(string file)
{
    private readonly string connectionString = new SqliteConnectionStringBuilder
    {
        DataSource = file,
    }.ToString();

    /// <summary>Makes the file with a few rows where there is none.</summary>
    public void EnsureCreated()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        using var connection = Open();
        using var command = connection.CreateCommand();
        command.CommandText = """
            PRAGMA journal_mode = WAL;
            BEGIN IMMEDIATE;
            CREATE TABLE IF NOT EXISTS visits (id INTEGER PRIMARY KEY, note TEXT NOT NULL);
            INSERT INTO visits (note)
                SELECT value FROM json_each('["the first row", "the second row"]')
                WHERE NOT EXISTS (SELECT 1 FROM visits);
            COMMIT;
            """;
        command.ExecuteNonQuery();
    }

    /// <summary>All rows, oldest first.</summary>
    public IReadOnlyList<Visit> All()
    {
        using var connection = Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT note FROM visits ORDER BY id";
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
        using var connection = Open();
        using var command = connection.CreateCommand();
        command.CommandText = "INSERT INTO visits (note) VALUES ($note)";
        command.Parameters.AddWithValue("$note", note);
        command.ExecuteNonQuery();
        return All();
    }

    private SqliteConnection Open()
    {
        var connection = new SqliteConnection(connectionString);
        connection.Open();
        return connection;
    }
}
