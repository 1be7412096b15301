import { z } from "zod";
import { Failure } from "../failure.js";
import { nearestKey } from "./nearest-key.js";
import { type Path, refuseMistakes, type YamlSource } from "./yaml-source.js";

type Issue = z.core.$ZodIssue;
type Places = Pick<YamlSource, "placeOf" | "placeOfKey">;

/**
 * Validates a parsed file.
 *
 * @throws Failure (usage) that lists everything that is wrong, each with `file:line:column` and a mend.
 */
export function validate<S extends z.ZodType>(schema: S, value: unknown, places: Places): z.infer<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issues = result.error.issues.flatMap((issue) => meant(issue, value));
  const misspelt = misspeltKeys(issues, schema, value);
  refuseMistakes(
    issues
      // One slip, one line: a key that is there under a wrong name is not missing as well.
      .filter((issue) => valueAt(value, issue.path) !== undefined || !misspelt.has(dotted(issue.path)))
      .flatMap((issue) => failuresOf(issue, schema, value, places)),
  );
  throw new Error("zod reported an error without an issue", { cause: result.error });
}

/** A union is followed into the branch whose type fits, which is the one that was meant. */
function meant(issue: Issue, value: unknown): Issue[] {
  if (issue.code !== "invalid_union") return [issue];
  const found = valueAt(value, issue.path);
  const branch = branchesOf(issue).find(
    (inner) => !inner.some((each) => isOfOtherType(each, issue.path, found)),
  );
  return branch?.flatMap((inner) => meant(inner, value)) ?? [issue];
}

/** Keys that unknown ones most likely stand for. */
function misspeltKeys(issues: readonly Issue[], schema: z.ZodType, value: unknown): ReadonlySet<string> {
  const meant = issues.flatMap((issue) =>
    issue.code === "unrecognized_keys"
      ? issue.keys.map((key) => [...issue.path, nearestKey(key, keysAt(schema, issue.path, value)) ?? key])
      : [],
  );
  return new Set(meant.map(dotted));
}

function failuresOf(issue: Issue, schema: z.ZodType, value: unknown, places: Places): (() => Failure)[] {
  if (issue.code === "unrecognized_keys") {
    const known = keysAt(schema, issue.path, value);
    return issue.keys.map((key) => () => {
      const nearest = nearestKey(key, known);
      const mend = nearest === undefined ? `known here: ${known.join(", ")}` : `did you mean ${nearest}?`;
      return failure(`unknown key ${dotted([...issue.path, key])}`, places.placeOfKey(issue.path, key), mend);
    });
  }
  return [
    () => {
      const { path, wanted } = wantedBy(issue, value);
      const found = valueAt(value, path);
      const what = found === undefined ? "missing" : shown(found);
      return failure(`${dotted(path)} is ${what}`, places.placeOf(path), `write ${wanted}`);
    },
  ];
}

/** What should stand there in words, and where exactly. */
function wantedBy(issue: Issue, value: unknown): { readonly path: Path; readonly wanted: string } {
  const path = issue.path;
  switch (issue.code) {
    case "too_small":
      return { path, wanted: `${sized(issue.origin)}${bound(issue, "more than", "at least")}` };
    case "too_big":
      return { path, wanted: `${sized(issue.origin)}${bound(issue, "less than", "at most")}` };
    case "invalid_value":
      return { path, wanted: alternatives(issue.values.map(String)) };
    case "invalid_type":
      return { path, wanted: typeInWords(issue.expected) };
    case "invalid_union": {
      // No branch has the type of what stands there, so each is a way to mend it.
      const ways =
        "options" in issue && Array.isArray(issue.options)
          ? issue.options.map(String)
          : branchesOf(issue).flatMap(([inner]) =>
              inner === undefined ? [] : [wantedBy(inner, value).wanted],
            );
      return { path, wanted: alternatives([...new Set(ways)]) };
    }
    // The schema words these so that they follow "write".
    case "invalid_format":
    case "custom":
      return { path, wanted: issue.message };
    case "not_multiple_of":
    case "unrecognized_keys":
    case "invalid_key":
    case "invalid_element":
      return { path, wanted: `another value: ${issue.message}` };
  }
}

const branchesOf = (issue: z.core.$ZodIssueInvalidUnion): Issue[][] =>
  issue.errors.map((branch) => branch.map((inner) => below(inner, issue.path)));

const below = (inner: Issue, path: Path): Issue => ({
  ...inner,
  path: [...path, ...inner.path] as PropertyKey[],
});

const isOfOtherType = (issue: Issue, path: Path, found: unknown): boolean =>
  issue.path.length === path.length &&
  ((issue.code === "invalid_type" && !(typeof found === "number" && issue.expected === "int")) ||
    issue.code === "invalid_value");

function bound(
  issue: { readonly inclusive?: boolean; readonly minimum?: unknown; readonly maximum?: unknown },
  exclusive: string,
  inclusive: string,
): string {
  return `${issue.inclusive === false ? exclusive : inclusive} ${String(issue.minimum ?? issue.maximum)}`;
}

function sized(origin: string): string {
  switch (origin) {
    case "number":
      return "a number, ";
    case "int":
      return "a whole number, ";
    case "string":
      return "text, characters: ";
    case "array":
      return "a list, values: ";
    default:
      return "";
  }
}

function typeInWords(expected: string): string {
  switch (expected) {
    case "object":
      return "a mapping of keys to values";
    case "array":
    case "tuple":
      return "a list";
    case "string":
      return "text";
    case "int":
      return "a whole number";
    default:
      return `a ${expected}`;
  }
}

const alternatives = (ways: readonly string[]): string =>
  ways.length < 2 ? ways.join("") : `${ways.slice(0, -1).join(", ")} or ${ways.at(-1) ?? ""}`;

/** Keys that the schema knows of the mapping at `path`; of a union, in the branch that the value chooses. */
function keysAt(schema: z.ZodType, path: Path, value: unknown): string[] {
  let at: unknown = schema;
  for (const [depth, step] of path.entries()) {
    at =
      at instanceof z.ZodArray
        ? at.element
        : (mappingOf(at, valueAt(value, path.slice(0, depth)))?.shape as Record<PropertyKey, unknown>)[step];
  }
  const mapping = mappingOf(at, valueAt(value, path));
  return mapping === undefined ? [] : Object.keys(mapping.shape);
}

function mappingOf(schema: unknown, value: unknown): z.ZodObject | undefined {
  if (schema instanceof z.ZodObject) return schema;
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault)
    return mappingOf(schema.unwrap(), value);
  if (!(schema instanceof z.ZodUnion)) return undefined;
  const mappings = schema.options.filter((option) => option instanceof z.ZodObject);
  if (!(schema instanceof z.ZodDiscriminatedUnion)) return mappings[0];
  const { discriminator } = schema.def;
  const chosen = valueAt(value, [discriminator]);
  return mappings.find(
    ({ shape }) => (shape[discriminator] as z.ZodType | undefined)?.safeParse(chosen).success,
  );
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (at, step) =>
      typeof at === "object" && at !== null ? (at as Record<PropertyKey, unknown>)[step] : undefined,
    value,
  );
}

function dotted(path: Path): string {
  const written = path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    const key = keyInWords(String(step));
    return text === "" ? key : `${text}.${key}`;
  }, "");
  return written === "" ? "the file" : written;
}

/** A key as it is; in quotes where it could be taken for something else, or would break the line. */
const keyInWords = (key: string): string => (/^[\w-]+$/.test(key) ? key : clipped(JSON.stringify(key)));

/** A value as it may stand in a message: short, one line, no control characters. */
function shown(value: unknown): string {
  if (typeof value === "number") return String(value);
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : clipped(JSON.stringify(value));
  if (typeof value === "object" && value !== null) return "a mapping";
  return value === null ? "empty" : clipped(JSON.stringify(value));
}

const clipped = (text: string): string => (text.length > 40 ? `${text.slice(0, 37)}...` : text);

const failure = (message: string, place: string, mend: string): Failure =>
  new Failure(message, { kind: "usage", place, mend });
