/** Tar's unit: headers are one block, contents are filled up to whole ones. */
export const blockSize = 512;

export function paddedSize(size: number): number {
  return Math.ceil(size / blockSize) * blockSize;
}

/** A field as a byte string, one character a byte, up to its first NUL. */
export function textAt(bytes: Buffer, offset: number, length: number): string {
  const text = bytes.toString("latin1", offset, offset + length);
  const end = text.indexOf("\0");
  return end < 0 ? text : text.slice(0, end);
}

/** Octal digits, or GNU's binary form for what does not fit; NaN for what is neither. */
export function numberAt(bytes: Buffer, offset: number, length: number): number {
  if (((bytes[offset] ?? 0) & 0x80) !== 0) {
    // Six bytes hold every number that JavaScript counts exactly.
    const above = bytes.subarray(offset + 1, offset + length - 6);
    const fits = bytes[offset] === 0x80 && above.every((byte) => byte === 0);
    return fits ? bytes.readUIntBE(offset + length - 6, 6) : Number.NaN;
  }
  const text = textAt(bytes, offset, length).trim();
  if (text === "") return 0;
  return /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number.NaN;
}

/** Whether a block is a header: the sum of its bytes stands in it, that field counted as spaces. */
export function isHeader(block: Buffer): boolean {
  let sum = 8 * 0x20;
  for (let at = 0; at < blockSize; at++) if (at < 148 || at >= 156) sum += block[at] ?? 0;
  return sum === numberAt(block, 148, 8);
}

/** Whether what follows a header of this type is about the next one: of pax, or GNU's long names. */
export function isExtension(type: string): boolean {
  return ["x", "g", "L", "K"].includes(type);
}

/** The path of an entry whose header stands alone; ustar has the front of a long one in a field of its own. */
export function pathIn(header: Buffer): string {
  const prefix = textAt(header, 257, 6) === "ustar" ? textAt(header, 345, 155) : "";
  const name = textAt(header, 0, 100);
  return prefix === "" ? name : `${prefix}/${name}`;
}

/**
 * The records of a pax header, as byte strings: `<length> <key>=<value>\n`, the length counting itself.
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html
 * @throws Error for what is none.
 */
export function* paxRecords(bytes: Buffer): Generator<readonly [string, string]> {
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    const digits = bytes.toString("latin1", at, Math.max(at, space));
    const end = at + (/^[1-9]\d{0,8}$/.test(digits) ? Number(digits) : 0);
    const record = bytes.toString("latin1", space + 1, end - 1);
    const equals = record.indexOf("=");
    if (space < 0 || end <= space || end > bytes.length || bytes[end - 1] !== 0x0a || equals < 1)
      throw new Error(`a pax header has no record at ${at}`);
    yield [record.slice(0, equals), record.slice(equals + 1)];
    at = end;
  }
}
