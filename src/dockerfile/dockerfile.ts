/** A piece of a Dockerfile's text: `start` is the offset of its first character, `end` the one after its last. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A word as the builder reads it (continued lines joined) and where it stands in the text. */
export interface Word extends Span {
  readonly text: string;
}

/** `--name=value` before an instruction's arguments; quotes and escapes of the value are taken off. */
export interface Flag extends Span {
  readonly name: string;
  readonly value: Word | undefined;
}

/** One `key=value` of a `RUN --mount`; a key that stands alone (`required`) has no value. */
export interface MountField {
  readonly key: string;
  readonly value: Word | undefined;
}

export interface Heredoc {
  readonly name: string;
  /** False when the delimiter is quoted: then no variable in the body is replaced. */
  readonly expand: boolean;
  /** `<<-`: leading tabs of the body are taken off. */
  readonly chomp: boolean;
  /** As it stands in the text, without the closing line. */
  readonly body: string;
}

export interface Instruction extends Span {
  /** In capitals. */
  readonly keyword: string;
  /** First line, counted from 1. */
  readonly line: number;
  /** Last line, heredoc bodies included. */
  readonly endLine: number;
  /** The whole as one line: continued lines joined, comments between them and heredoc bodies left out. */
  readonly text: string;
  readonly flags: readonly Flag[];
  /** One list of fields for each `--mount`, in order. */
  readonly mounts: readonly (readonly MountField[])[];
  /** What follows keyword and flags, split at white space; quoted parts of ARG and ENV stay whole. */
  readonly words: readonly Word[];
  /** The arguments when they are given as a JSON array. */
  readonly json: readonly string[] | undefined;
  readonly heredocs: readonly Heredoc[];
  /** What an ONBUILD keeps for the images built from this one. */
  readonly trigger: Instruction | undefined;
}

/** One ONBUILD instruction of a base, as an instruction of the stage that is FROM it. */
export interface TriggerSource {
  readonly text: string;
  /** Its offsets refer to this `text`; its line is that of the FROM that brings it in. */
  readonly instruction: Instruction;
}

export interface Stage {
  readonly index: number;
  /** In lower case, as Docker compares it. */
  readonly name: string | undefined;
  /** The name as it is written. */
  readonly nameWord: Word | undefined;
  readonly from: Instruction;
  /** The image or stage that it starts from, variables not replaced. */
  readonly base: Word;
  readonly platformFlag: Flag | undefined;
  /** Everything after FROM. */
  readonly instructions: readonly Instruction[];
  /** What its base image's config has under OnBuild; undefined before somebody has looked. */
  readonly triggers: readonly TriggerSource[] | undefined;
}

export interface Directive {
  /** In lower case: `syntax`, `escape`, `check`. */
  readonly name: string;
  readonly value: string;
  readonly line: number;
}

/** A Dockerfile as plain values; every offset refers to `text`. */
export interface Dockerfile {
  /** How messages name it. */
  readonly path: string;
  readonly text: string;
  readonly directives: readonly Directive[];
  readonly escape: "\\" | "`";
  /** The ARG instructions before the first FROM. */
  readonly globals: readonly Instruction[];
  readonly stages: readonly Stage[];
}
