/**
 * The fields of /proc/<pid>/stat behind `pid (name)`, for the name may have anything in it: state, parent, group and so on.
 * @see https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
 */
export function statFields(stat: string): readonly string[] {
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}
