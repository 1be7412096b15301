import { basename, extname } from "node:path";
import { type CsvError, parse } from "csv-parse/sync";
import { validate } from "../experiment/mistakes.js";
import { readAtMost, readYaml } from "../experiment/source-file.js";
import { type Path, refuseMistakes } from "../experiment/yaml-source.js";
import { Failure } from "../failure.js";
import { type CloudletList, cloudletListSchema } from "./cloudlet.js";

/** Some 600,000 lines; more is no list of cloudlets. */
const MAX_CSV_BYTES = 32 * 1024 * 1024;
const MAX_LINE_BYTES = 1024;
const HEADER = ["name", "latitude", "longitude"] as const;

interface Line {
  readonly record: Record<(typeof HEADER)[number], string>;
  readonly info: { readonly lines: number };
}
type Places = Parameters<typeof validate>[2];

/**
 * Reads cloudlets from YAML, or from a CSV with the columns name, latitude and longitude.
 *
 * @throws Failure (usage) that lists every mistake with its place: coordinates that are none, a name given twice.
 */
export async function readCloudlets(path: string): Promise<CloudletList> {
  const { value, places } = extname(path) === ".csv" ? await readCsv(path) : await yaml(path);
  const list = validate(cloudletListSchema, value, places);
  const seen = new Set<string>();
  refuseMistakes(
    list.cloudlets.flatMap(({ name }, index) => {
      const isNew = !seen.has(name);
      seen.add(name);
      if (isNew) return [];
      const place = places.placeOf(["cloudlets", index, "name"]);
      return [
        () =>
          new Failure(`${name} is named twice`, { kind: "usage", place, mend: "name each cloudlet once" }),
      ];
    }),
  );
  return list;
}

async function yaml(path: string) {
  const source = await readYaml(path);
  return { value: source.value, places: source };
}

async function readCsv(path: string): Promise<{ value: unknown; places: Places }> {
  const bytes = await readAtMost(path, MAX_CSV_BYTES + 1, "name a CSV file");
  const refused = (message: string, place: string) =>
    new Failure(message, { kind: "usage", place, mend: `write lines of ${HEADER.join(",")}` });
  if (bytes.byteLength > MAX_CSV_BYTES) throw refused(`more than ${MAX_CSV_BYTES} bytes`, path);
  let lines: Line[];
  try {
    lines = parse<Line>(bytes, {
      bom: true,
      columns: [...HEADER],
      info: true,
      skip_empty_lines: true,
      max_record_size: MAX_LINE_BYTES,
    });
  } catch (error) {
    const { message, lines: line } = error as CsvError & { lines?: number };
    throw refused(message, `${path}:${line ?? 1}`);
  }
  const [header, ...body] = lines;
  if (header === undefined || HEADER.some((name) => header.record[name] !== name)) {
    throw refused(`the first line is not ${HEADER.join(",")}`, `${path}:1`);
  }
  // A place is that of the line: the parser counts no columns.
  const placeOf = ([, index]: Path) =>
    `${path}:${typeof index === "number" ? (body[index]?.info.lines ?? 1) : 1}`;
  return {
    value: {
      title: basename(path, ".csv"),
      cloudlets: body.map(({ record: { name, latitude, longitude } }) => ({
        name,
        latitude: numberOr(latitude),
        longitude: numberOr(longitude),
      })),
    },
    places: { placeOf, placeOfKey: placeOf },
  };
}

/** Text that is no number stays text, for the message to quote it. */
const numberOr = (text: string): number | string => (/^[+-]?\d+(\.\d*)?$/.test(text) ? Number(text) : text);
