using System.Globalization;
using System.Text.Json;
using Worktree.Hooks.Diagnostics;

namespace Worktree.Hooks.Configuration;

/// <summary>Reads <c>"ports"</c>: what it lists is what a worktree gets; a default variable may leave out what does not differ.</summary>
internal static class PortsReader
{
    internal static readonly string[] KnownKeys = ["main", "range"];

    /// <summary>Reads <c>{ "APP_PORT": { "main": 5001, "range": "5002-5100" } }</c>.</summary>
    public static IReadOnlyList<PortVariable> Read(ConfigurationNode node)
    {
        var variables = new List<(PortVariable Variable, ConfigurationNode Source)>();
        foreach (var (name, value) in node.AnyMembers("\"ports\""))
        {
            ConfigurationReader.RequireVariableName(name, value);
            variables.Add((ReadVariable(name, value), value));
        }
        RequireNoOverlap(variables);
        return [.. variables.Select(v => v.Variable)];
    }

    private static PortVariable ReadVariable(string name, ConfigurationNode node)
    {
        var known = PortVariable.Defaults.FirstOrDefault(d => d.Name == name);
        int? main = known?.Main;
        PortRange? range = known?.Range;
        foreach (var (key, value) in node.KnownMembers($"the port '{name}'", KnownKeys))
        {
            if (key == "main")
            {
                main = ReadPort(value);
            }
            else
            {
                range = ReadRange(value);
            }
        }
        return main is { } mainPort && range is { } ports
            ? new PortVariable(name, mainPort, ports)
            : throw node.Error(
                ErrorCatalogue.InvalidRange,
                $"'{name}' has no {(main is null ? "\"main\"" : "\"range\"")}. "
                    + "Write for example { \"main\": 6379, \"range\": \"6380-6478\" }."
            );
    }

    private static int ReadPort(ConfigurationNode node) =>
        node.Kind == JsonTokenType.Number
            ? ParsePort(node.Text, node)
            : throw node.WrongKind("a port", "a number from 1 to 65535");

    private static PortRange ReadRange(ConfigurationNode node)
    {
        var text = node.NonEmptyString("a port range", "it as \"5002-5100\"");
        if (text.Split('-', StringSplitOptions.TrimEntries) is not [var first, var last])
        {
            throw node.Error(
                ErrorCatalogue.InvalidRange,
                $"'{text}' is no port range. Write it as \"5002-5100\"."
            );
        }
        var range = new PortRange(ParsePort(first, node), ParsePort(last, node));
        return range.First <= range.Last
            ? range
            : throw node.Error(
                ErrorCatalogue.InvalidRange,
                $"'{text}' is the wrong way round. Write it as \"{last}-{first}\"."
            );
    }

    private static int ParsePort(string text, ConfigurationNode node) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port)
        && port is >= 1 and <= 65535
            ? port
            : throw node.Error(
                ErrorCatalogue.InvalidRange,
                $"'{text}' is no port. Ports go from 1 to 65535."
            );

    private static void RequireNoOverlap(
        List<(PortVariable Variable, ConfigurationNode Source)> variables
    )
    {
        foreach (var (variable, source) in variables)
        {
            foreach (var (other, _) in variables)
            {
                if (variable != other && variable.Range.Overlaps(other.Range))
                {
                    throw source.Error(
                        ErrorCatalogue.OverlappingRanges,
                        $"'{variable.Name}' ({variable.Range}) and '{other.Name}' ({other.Range}) share ports. "
                            + "Give each variable a range of its own."
                    );
                }
                if (variable.Range.Contains(other.Main))
                {
                    throw source.Error(
                        ErrorCatalogue.OverlappingRanges,
                        $"The range of '{variable.Name}' ({variable.Range}) contains {other.Main}, the main port of "
                            + $"'{other.Name}'. Move one of the two."
                    );
                }
                if (variable != other && variable.Main == other.Main)
                {
                    throw source.Error(
                        ErrorCatalogue.OverlappingRanges,
                        $"'{variable.Name}' and '{other.Name}' have the same main port {variable.Main}. Change one of them."
                    );
                }
            }
        }
    }
}
