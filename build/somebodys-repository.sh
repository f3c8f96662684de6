#!/bin/bash
# Makes a repository as somebody has it who never heard of us, by the SDK's own templates: an ASP.NET Core solution with
# PostgreSQL and Redis in a compose file, launchSettings, a user secret, EF Core migrations and tests. Prints a folder with
#   shop/    its files, without git
#   home/    the home of who works on it, with the user secret
#   cache/   every NuGet package that it needs, so that it builds without a network
#
# Usage: WORKTREE_HOOKS_SHOP=$(build/somebodys-repository.sh) build/with-engine.sh dotnet test …
# The first argument names another cache folder.
set -euo pipefail

entity_framework=10.0.15
npgsql=10.0.3
redis=2.13.17
mvc_testing=10.0.15

key=$({ dotnet --version; cat "$0"; } | sha256sum | cut -c 1-16)
cache=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/worktree-hooks/somebodys-repository}
place=$cache/$key
if [ -d "$place" ]; then
    echo "$place"
    exit 0
fi

# Made beside its final place and renamed: a killed run leaves no half repository behind.
mkdir -p "$cache"
work=$(mktemp -d "$cache/new.XXXXXX")
exec 3>&1 4>&2 >"$work/log" 2>&1
finish() {
    local status=$?
    [ $status = 0 ] || { cat "$work/log"; echo "somebodys-repository.sh: the repository could not be made."; } >&4
    rm -rf "$work"
    exit $status
}
trap finish EXIT
mkdir -p "$work/shop" "$work/home"
export HOME=$work/home DOTNET_CLI_HOME=$work/home NUGET_PACKAGES=$work/cache DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
export MSBUILDDISABLENODEREUSE=1 UseSharedCompilation=false
cd "$work/shop"

write_application() {
    cat >src/Shop.Api/ShopContext.cs <<'END'
using Microsoft.EntityFrameworkCore;

namespace Shop.Api;

public class Purchase
{
    public int Id { get; set; }
    public required string Name { get; set; }
}

public class ShopContext(DbContextOptions<ShopContext> options) : DbContext(options)
{
    public DbSet<Purchase> Orders => Set<Purchase>();
}
END
    cat >src/Shop.Api/Program.cs <<'END'
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Shop.Api;
using StackExchange.Redis;

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddOpenApi();
var database = new NpgsqlConnectionStringBuilder(builder.Configuration.GetConnectionString("Shop"))
{
    Password = builder.Configuration["Shop:DbPassword"],
};
builder.Services.AddDbContext<ShopContext>(options => options.UseNpgsql(database.ConnectionString));
builder.Services.AddSingleton<IConnectionMultiplexer>(_ =>
    ConnectionMultiplexer.Connect(builder.Configuration.GetConnectionString("Cache")!));

var app = builder.Build();
if (app.Environment.IsDevelopment())
{
    app.MapOpenApi();
    using var scope = app.Services.CreateScope();
    scope.ServiceProvider.GetRequiredService<ShopContext>().Database.Migrate();
}
app.MapGet("/orders", (ShopContext shop) => shop.Orders.OrderBy(o => o.Id).Select(o => o.Name).ToList());
app.MapPost("/orders/{name}", async (string name, ShopContext shop) =>
{
    shop.Orders.Add(new Purchase { Name = name });
    await shop.SaveChangesAsync();
});
app.MapPost("/visits", (IConnectionMultiplexer cache) => cache.GetDatabase().StringIncrement("visits"));
app.Run();

public partial class Program;
END
    cat >src/Shop.Api/appsettings.Development.json <<'END'
{
  "Logging": {
    "LogLevel": {
      "Default": "Information",
      "Microsoft.AspNetCore": "Warning"
    }
  },
  "ConnectionStrings": {
    "Shop": "Host=localhost;Database=shop;Username=postgres",
    "Cache": "localhost:6379"
  }
}
END
}

write_tests() {
    rm tests/Shop.Tests/UnitTest1.cs
    cat >tests/Shop.Tests/OrderTests.cs <<'END'
using System.Net.Http.Json;
using Microsoft.AspNetCore.Mvc.Testing;

namespace Shop.Tests;

public class OrderTests(WebApplicationFactory<Program> shop) : IClassFixture<WebApplicationFactory<Program>>
{
    [Fact]
    public async Task What_was_ordered_is_listed()
    {
        var client = shop.CreateClient();
        var name = $"test-{Guid.NewGuid()}";
        (await client.PostAsync($"/orders/{name}", null)).EnsureSuccessStatusCode();

        Assert.Contains(name, await client.GetFromJsonAsync<string[]>("/orders") ?? []);
    }
}
END
}

write_compose() {
    cat >compose.yaml <<'END'
services:
  db:
    image: postgres:latest
    environment:
      POSTGRES_DB: shop
      POSTGRES_PASSWORD: ${DB_PASSWORD}
    ports:
      - "5432:5432"
    volumes:
      - ./data/postgres:/var/lib/postgresql/data
  cache:
    image: redis:latest
    container_name: shop-cache
    ports:
      - "6379:6379"
END
    echo 'DB_PASSWORD=hunter2' >.env
    printf '%s\n' '' '# the shop' /data/ /.env >>.gitignore
}

dotnet new sln --name Shop
dotnet new gitignore
dotnet new webapi --output src/Shop.Api --no-restore
dotnet new xunit --output tests/Shop.Tests --no-restore
dotnet sln add src/Shop.Api tests/Shop.Tests
dotnet add src/Shop.Api package Npgsql.EntityFrameworkCore.PostgreSQL --version $npgsql --no-restore
dotnet add src/Shop.Api package Microsoft.EntityFrameworkCore.Design --version $entity_framework --no-restore
dotnet add src/Shop.Api package StackExchange.Redis --version $redis --no-restore
dotnet add tests/Shop.Tests package Microsoft.AspNetCore.Mvc.Testing --version $mvc_testing --no-restore
dotnet add tests/Shop.Tests reference src/Shop.Api
write_application
write_tests
write_compose
dotnet user-secrets init --project src/Shop.Api
dotnet user-secrets set "Shop:DbPassword" hunter2 --project src/Shop.Api
dotnet new tool-manifest
dotnet tool install dotnet-ef --version $entity_framework
dotnet build
dotnet ef migrations add Initial --project src/Shop.Api --no-build
dotnet build # as the test does, without a network: everything that a build restores is in the cache
find . -name bin -o -name obj | xargs rm -rf
cd /
rm "$work/log"
mv "$work" "$place"
trap - EXIT
echo "$place" >&3
