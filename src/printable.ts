/** What a terminal obeys, or what makes a text look like another: controls, ends of line, and changes of direction. */
const unprintable = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u061c\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g;

/** A text that may be anybody's, such as what a registry said, as one line that can be printed. */
export function onePrintableLine(text: string): string {
  return text.replaceAll(unprintable, " ");
}

/** The same of a text of several lines. */
export function printable(text: string): string {
  return text.replaceAll("\r\n", "\n").split("\n").map(onePrintableLine).join("\n");
}
