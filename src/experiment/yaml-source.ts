import { TextDecoder } from "node:util";
import {
  CST,
  isAlias,
  isMap,
  isNode,
  isScalar,
  Lexer,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  visit,
  type YAMLMap,
} from "yaml";
import { Failure } from "../failure.js";

/**
 * Larger than any experiment by a factor of ten; small enough that no input costs more than a moment: the parser
 * compares each key of a mapping with all before it.
 */
export const MAX_FILE_BYTES = 32 * 1024;

/** An experiment needs three levels. The parser recurses, and deep enough input would end the process. */
const MAX_DEPTH = 16;

/** How many mistakes of a file are listed: nobody mends more at once, and a damaged file has tens of thousands. */
const MOST_MISTAKES = 100;

export type Path = readonly PropertyKey[];

/** A YAML file that parsed cleanly: its plain value, and where in the text each part of it stands. */
export interface YamlSource {
  readonly file: string;
  readonly value: unknown;
  /** `file:line:column` of the node at `path`, or of its nearest ancestor that exists. */
  placeOf(path: Path): string;
  /** `file:line:column` of a key (rather than its value) of the mapping at `path`. */
  placeOfKey(path: Path, key: string): string;
  /** Whether something stands at `path`. */
  has(path: Path): boolean;
}

/**
 * Reads the subset of YAML 1.2 in which experiments and profiles are written: one document, plain
 * values, keys once each. Aliases and merge keys are refused: a value stands where it is read.
 *
 * @throws Failure (usage) that lists every mistake with its place.
 */
export function parseYaml(file: string, bytes: Uint8Array): YamlSource {
  const text = decode(file, bytes);
  const lineCounter = new LineCounter();
  const placeAt = (offset: number): string => {
    const { line, col } = lineCounter.linePos(offset);
    return `${file}:${Math.max(line, 1)}:${Math.max(col, 1)}`;
  };
  const document = parse(file, text, lineCounter);

  const errors = [...document.errors, ...document.warnings];
  refuseMistakes([
    ...errors.map((error) => () => mistake(error.message, placeAt(error.pos[0]), mendOf(error.code))),
    ...refusedNodes(document.contents, placeAt),
  ]);

  const root = document.contents;
  return {
    file,
    value: document.toJS() as unknown,
    placeOf: (path) => placeAt(offsetOf(root, path)),
    placeOfKey: (path, key) => placeAt(keyOffset(root, path, key)),
    has: (path) => resolve(root, path).missing === 0,
  };
}

/** @throws Failure (usage) of all that is wrong with a file, or of the first of it when that is too much to list. */
export function refuseMistakes(mistakes: readonly (() => Failure)[]): void {
  const listed = mistakes.slice(0, MOST_MISTAKES).map((each) => each());
  const [first, ...rest] = listed;
  if (first === undefined) return;
  const left = mistakes.length - listed.length;
  const unlisted = mistakes[listed.length]?.();
  throw Failure.join([
    first,
    ...rest,
    ...(unlisted === undefined
      ? []
      : [mistake(`${left} more mistakes from here on`, unlisted.place ?? "", "mend those above first")]),
  ]);
}

function decode(file: string, bytes: Uint8Array): string {
  if (bytes.byteLength > MAX_FILE_BYTES) {
    throw mistake(
      `${bytes.byteLength} bytes, more than an experiment or profile may have (${MAX_FILE_BYTES})`,
      `${file}:1:1`,
      "name an experiment file",
    );
  }
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new Failure("not UTF-8 text", {
      kind: "usage",
      place: `${file}:1:1`,
      mend: "save the file as UTF-8",
      cause,
    });
  }
  const nul = text.indexOf("\0");
  if (nul !== -1) {
    const before = text.slice(0, nul).split("\n");
    const column = (before.at(-1) ?? "").length + 1;
    throw mistake("a NUL byte", `${file}:${before.length}:${column}`, "save the file as plain UTF-8 text");
  }
  return text;
}

function parse(file: string, text: string, lineCounter: LineCounter) {
  refuseExcess(file, text);
  try {
    return parseDocument(text, {
      lineCounter,
      prettyErrors: false,
      strict: true,
      stringKeys: true,
      uniqueKeys: true,
      version: "1.2",
      merge: false,
      // "silent" would also drop the error about a second document.
      logLevel: "error",
    });
  } catch (cause) {
    // The stack is full: the parser knows a way to nest that is not counted here.
    if (cause instanceof RangeError) throw tooDeep(file, 1);
    throw cause;
  }
}

const tooDeep = (file: string, line: number): Failure =>
  mistake("nested too deeply", `${file}:${line}:1`, "write it as in docs/experiments.md");

/**
 * Token by token and without recursion: counts open brackets, and block indicators on one line (`- - -`, `a: b: c`),
 * each of which is a level; and aliases, which the parser looks up among all nodes.
 */
function refuseExcess(file: string, text: string): void {
  let brackets = 0;
  let indicators = 0;
  let aliases = 0;
  let line = 1;
  for (const token of new Lexer().lex(text)) {
    switch (CST.tokenType(token)) {
      case "flow-map-start":
      case "flow-seq-start":
        brackets++;
        break;
      case "flow-map-end":
      case "flow-seq-end":
        brackets--;
        break;
      case "seq-item-ind":
      case "explicit-key-ind":
        indicators++;
        break;
      case "map-value-ind":
        if (brackets === 0) indicators++;
        break;
      case "alias":
        aliases++;
        break;
      case "newline":
        indicators = 0;
        break;
      default:
    }
    if (brackets > MAX_DEPTH || indicators > MAX_DEPTH) {
      throw tooDeep(file, line);
    }
    if (aliases > MOST_MISTAKES) {
      throw mistake(`more than ${MOST_MISTAKES} aliases`, `${file}:${line}:1`, "write the values out");
    }
    line += token.split("\n").length - 1;
  }
}

function refusedNodes(root: Node | null, placeAt: (offset: number) => string): (() => Failure)[] {
  const refused: (() => Failure)[] = [];
  const refuse = (what: string, offset: number, mend: string) => {
    refused.push(() => mistake(what, placeAt(offset), mend));
  };
  visit(root, {
    Value: (_, { tag, range }) => {
      if (tag !== undefined) refuse(`tag ${tag}`, range?.[0] ?? 0, "remove the tag");
    },
    Alias: (_, alias) => {
      refuse(`alias *${alias.source}`, startOf(alias), "write the value out");
    },
    Pair: (_, { key }) => {
      if (!isScalar(key)) return;
      if (key.value === "<<") refuse("merge key <<", startOf(key), "write the keys out");
      if (key.value === "__proto__") refuse("key __proto__", startOf(key), "remove it");
    },
  });
  return refused;
}

const mends: Partial<Record<string, string>> = {
  DUPLICATE_KEY: "keep one of them",
  MULTIPLE_DOCS: "put each document in a file of its own",
  TAB_AS_INDENT: "indent with spaces",
  NON_STRING_KEY: "write the key as plain text",
  TAG_RESOLVE_FAILED: "remove the tag",
};

const mendOf = (code: string): string =>
  mends[code] ?? "write it as YAML (docs/experiments.md has an example)";

const mistake = (message: string, place: string, mend: string): Failure =>
  new Failure(clipped(message), { kind: "usage", place, mend });

/** Of a message that quotes the file, what fits into a line. */
const clipped = (message: string): string => (message.length > 160 ? `${message.slice(0, 157)}...` : message);

const startOf = (node: Node): number => node.range?.[0] ?? 0;

function pairOf(map: YAMLMap, key: PropertyKey): Pair | undefined {
  return map.items.find((pair) => isScalar(pair.key) && pair.key.value === key);
}

/** The deepest node on the way along `path`, and how many steps of it are missing. */
function resolve(root: Node | null, path: Path): { readonly node: Node | null; readonly missing: number } {
  let node = root;
  for (const [depth, step] of path.entries()) {
    const child = isNode(node) && !isAlias(node) && "get" in node ? node.get(step, true) : undefined;
    if (!isNode(child)) {
      // An unfinished file has keys without a value: `wan:` alone. Its key is the better place then.
      const key = isMap(node) ? pairOf(node, step)?.key : undefined;
      return { node: isNode(key) ? key : node, missing: path.length - depth };
    }
    node = child;
  }
  return { node, missing: 0 };
}

function offsetOf(root: Node | null, path: Path): number {
  const { node, missing } = resolve(root, path);
  // What is missing from a mapping is best shown at the key that opens the mapping, not at its first entry.
  const owner = path.slice(0, path.length - missing);
  const last = owner.at(-1);
  if (missing > 0 && isMap(node) && typeof last === "string")
    return keyOffset(root, owner.slice(0, -1), last);
  return node === null ? 0 : startOf(node);
}

function keyOffset(root: Node | null, path: Path, key: string): number {
  const { node } = resolve(root, path);
  const found = isMap(node) ? pairOf(node, key)?.key : undefined;
  return isNode(found) ? startOf(found) : node === null ? 0 : startOf(node);
}
