using System.Globalization;

namespace Worktree.Hooks.Platform;

/// <summary>The names of user ids, for messages.</summary>
internal static class UserName
{
    /// <summary><c>postgres (uid 999)</c>, or <c>uid 999</c> where <c>/etc/passwd</c> has no name for it.</summary>
    public static string Of(uint id)
    {
        var number = id.ToString(CultureInfo.InvariantCulture);
        try
        {
            var name = File.ReadLines("/etc/passwd")
                .Select(line => line.Split(':'))
                .FirstOrDefault(fields => fields.Length > 2 && fields[2] == number)
                ?[0];
            return name is null ? $"uid {number}" : $"{name} (uid {number})";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"uid {number}";
        }
    }

    /// <summary>The user of this process, in the same form.</summary>
    public static string OfThisProcess() =>
        OperatingSystem.IsWindows() ? Environment.UserName : Of(Libc.GetEffectiveUserId());
}
