/**
 * For the `catch` of reading a file or folder: gives `value` where there is none, and throws whatever else went wrong, as
 * `explain` words it.
 */
export function whenAbsent<T>(
  value: T,
  explain: (error: NodeJS.ErrnoException) => Error = (error) => error,
): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (error.code === "ENOENT") return value;
    throw explain(error);
  };
}
