namespace Worktree.Hooks.Platform;

/// <summary>
/// A process that was started, in a form that a recycled id cannot match: the id is only the same process while the
/// start time and the boot are the same.
/// </summary>
/// <param name="Id">Its process id.</param>
/// <param name="Group">Its process group; the whole group is stopped with it.</param>
/// <param name="StartTime">When it started, in the system's own unit (Linux: clock ticks after boot, proc(5) field 22).</param>
/// <param name="BootId">The boot it belongs to (Linux: <c>/proc/sys/kernel/random/boot_id</c>).</param>
internal sealed record ProcessRecord(int Id, int Group, long StartTime, string BootId);
