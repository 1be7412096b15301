import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { scatteredCloudlets } from "../../bench/scattered-cloudlets.js";
import { Failure } from "../../src/failure.js";
import { readCloudlets } from "../../src/vpn/read-cloudlets.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cloudlets-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** What is said of a file, without the folder. */
async function mistakes(name: string, content: string | Uint8Array): Promise<string[]> {
  const file = join(folder, name);
  await writeFile(file, content);
  try {
    await readCloudlets(file);
    return [];
  } catch (error) {
    if (error instanceof Failure) return error.lines.map((line) => line.replace(`${folder}/`, ""));
    throw error;
  }
}
const csv = (...lines: string[]) =>
  mistakes("places.csv", ["name,latitude,longitude", ...lines, ""].join("\n"));

describe("readCloudlets", () => {
  it("reads the committed lists", async () => {
    const figure = await readCloudlets("experiments/cloudlets/fig-3-9.yaml");
    expect(figure.cloudlets.map(({ name }) => name)).toEqual(["CE1", "CE2", "CE4", "CE5", "CE3"]);
    const town = await readCloudlets("experiments/cloudlets/town.csv");
    expect(town).toEqual({ title: "town", cloudlets: scatteredCloudlets(200, 0.9, 1) });
  });

  it("takes a byte order mark, quotes, CRLF and empty lines", async () => {
    expect(
      await mistakes("a.csv", '\ufeffname,latitude,longitude\r\n"Café, Elgin",45.4,-75.7\r\n\r\n'),
    ).toEqual([]);
  });

  it("lists every mistake of a CSV with its line", async () => {
    expect(await csv("a,91,0", "b,1,-180.5", "c,north,0", "d,,0", ",1,1", "f,1e400,0")).toEqual([
      "places.csv:2: cloudlets[0].latitude is 91 → write a number, at most 90",
      "places.csv:3: cloudlets[1].longitude is -180.5 → write a number, at least -180",
      'places.csv:4: cloudlets[2].latitude is "north" → write a number',
      'places.csv:5: cloudlets[3].latitude is "" → write a number',
      'places.csv:6: cloudlets[4].name is "" → write a name of 1 to 64 characters, no control characters',
      'places.csv:7: cloudlets[5].latitude is "1e400" → write a number',
    ]);
  });

  it("refuses a name given twice, at the second", async () => {
    expect(await csv("a,1,1", "b,2,2", "a,3,3")).toEqual([
      "places.csv:4: a is named twice → name each cloudlet once",
    ]);
    const twice = "title: t\ncloudlets:\n  - { name: a, latitude: 1, longitude: 1 }\n".concat(
      "  - { name: a, latitude: 2, longitude: 2 }\n",
    );
    expect(await mistakes("twice.yaml", twice)).toEqual([
      "twice.yaml:4:13: a is named twice → name each cloudlet once",
    ]);
  });

  it.each([
    ["another header", "name,lat,lon\na,1,1\n", "x.csv:1: the first line is not name,latitude,longitude"],
    ["nothing", "", "x.csv:1: the first line is not name,latitude,longitude"],
    ["a field too few", "name,latitude,longitude\na,1,1\nb,2\n", /^x\.csv:3: Invalid Record Length/],
    ["an open quote", 'name,latitude,longitude\n"a,1,1\n', /^x\.csv:\d: Quote Not Closed/],
    ["no line", `name,latitude,longitude\n${"a".repeat(3000)},1,1\n`, /^x\.csv:\d: Max Record Size/],
    ["no cloudlet", "name,latitude,longitude\n", /^x\.csv:1: cloudlets is an empty list/],
  ])("refuses a CSV with %s", async (_, content, expected) => {
    const [first, ...rest] = await mistakes("x.csv", content);
    expect(first).toMatch(expected);
    expect(rest).toEqual([]);
  });

  it("says of a file that is not there what to name", async () => {
    await expect(readCloudlets(join(folder, "none.csv"))).rejects.toMatchObject({
      line: expect.stringContaining("no such file → name a CSV file") as string,
    });
  });
});

it("any bytes are a list or mistakes with their places", async () => {
  const header = Buffer.from("name,latitude,longitude\n");
  const line = fc
    .tuple(fc.string(), fc.string(), fc.string())
    .map((fields) => Buffer.from(`${fields.join()}\n`));
  const bytes = fc
    .array(fc.oneof(line, fc.constant(Buffer.from("a,1,1\n")), fc.uint8Array({ maxLength: 20 })), {
      maxLength: 8,
    })
    .map((parts) => Buffer.concat([header, ...parts]));
  await fc.assert(
    fc.asyncProperty(bytes, async (content) => {
      for (const mistake of await mistakes("any.csv", content)) expect(mistake).toMatch(/^any\.csv:\d+: /);
    }),
  );
});
