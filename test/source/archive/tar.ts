import { Buffer } from "node:buffer";

/** One header of a tar archive, with whatever an attacker would write into it. */
export interface TarPart {
  readonly name?: string;
  /** @default "0", a file */
  readonly type?: string;
  readonly content?: string | Uint8Array;
  /** What the header says, where that is not the content's size; octal digits or raw bytes. */
  readonly size?: string;
  readonly mode?: string;
  readonly target?: string;
  readonly prefix?: string;
  readonly mtime?: string;
  readonly uid?: string;
  /** Changed after the checksum. */
  readonly spoilt?: true;
}

/** Packs headers as they are given, byte strings, with no check at all; `end` is what comes behind them. */
export function packTar(parts: readonly TarPart[], end: Uint8Array = Buffer.alloc(1024)): Buffer {
  return Buffer.concat([...parts.flatMap(blocksOf), end]);
}

/** A pax header with these records, before the entry that they are about. */
export function pax(records: Readonly<Record<string, string>>, type = "x"): TarPart {
  const lines = Object.entries(records).map(([key, value]) => {
    const rest = Buffer.byteLength(` ${key}=${value}\n`, "latin1");
    let length = rest;
    while (String(length).length + rest !== length) length = String(length).length + rest;
    return `${length} ${key}=${value}\n`;
  });
  return { name: "PaxHeaders/x", type, content: Buffer.from(lines.join(""), "latin1") };
}

function blocksOf(part: TarPart): readonly Buffer[] {
  const content = Buffer.from(part.content ?? "");
  const header = Buffer.alloc(512);
  const put = (text: string, at: number) => header.write(text, at, "latin1");
  put(part.name ?? "", 0);
  put(part.mode ?? "0000644", 100);
  put(part.uid ?? "0001750", 108);
  put("0001750", 116);
  put(part.size ?? content.length.toString(8).padStart(11, "0"), 124);
  put(part.mtime ?? "14652000000", 136);
  put("        ", 148);
  put(part.type ?? "0", 156);
  put(part.target ?? "", 157);
  put("ustar\u000000", 257);
  put(part.prefix ?? "", 345);
  const sum = header.reduce((total, byte) => total + byte, 0);
  put(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  if (part.spoilt) header.writeUInt8(header.readUInt8(1) ^ 1, 1);
  return [header, content, Buffer.alloc((512 - (content.length % 512)) % 512)];
}
